import type { InjectionToken, ModuleMetadata, OptionalFactoryDependency } from '@nestjs/common';
import type { ClientPolicies } from '../client/options.js';
import type { ConnectionOptions } from '../connection/options.js';

/** See {@link RookeryModule.forRoot}. */
export interface RookeryModuleOptions extends ConnectionOptions, ClientPolicies {
  /** Who calls and publishes. Default: the environment's `ROOKERY_SERVICE`. */
  readonly service?: string;
}

/** See {@link RookeryModule.forRootAsync}. */
export interface RookeryModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  /** Names a further connection. */
  readonly name?: string;
  readonly inject?: (InjectionToken | OptionalFactoryDependency)[];
  readonly useFactory: (...injected: never[]) => RookeryModuleOptions | Promise<RookeryModuleOptions>;
}

/** A client of {@link RookeryModule.forFeature} with policies of its own. */
export interface ClientFeature extends ClientPolicies {
  readonly to: string;
}
