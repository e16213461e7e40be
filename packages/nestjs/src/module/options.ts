import type { ConnectionOptions } from '@rookery/core';
import type { InjectionToken, ModuleMetadata, OptionalFactoryDependency } from '@nestjs/common';
import type { HttpOptions } from '../http/options.js';
import type { ClientSettings } from '../client/options.js';

/** See {@link RookeryModule.forRoot}. */
export interface RookeryModuleOptions extends ConnectionOptions, ClientSettings {
  /** Who calls and publishes. Default: the environment's `ROOKERY_SERVICE`. */
  readonly service?: string;
  /**
   * What of an HTTP request goes into the context of all that is called for it, on whichever connection; `false` for
   * nothing at all. Read of the connection without a name.
   */
  readonly http?: HttpOptions | false;
  /**
   * Have lines that Nest's ConsoleLogger and pino write below a handler say to which message or HTTP request they belong.
   * It is for the whole process: off only if all that is of Rookery in it says `false`. Default `true`.
   */
  readonly logContext?: boolean;
}

/** See {@link RookeryModule.forRootAsync}. */
export interface RookeryModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  /** Names a further connection. */
  readonly name?: string;
  readonly inject?: (InjectionToken | OptionalFactoryDependency)[];
  readonly useFactory: (...injected: never[]) => RookeryModuleOptions | Promise<RookeryModuleOptions>;
}

/** A client of {@link RookeryModule.forFeature} with policies of its own. */
export interface ClientFeature extends ClientSettings {
  readonly to: string;
}
