import {
  Inject,
  Module,
  Optional,
  type DynamicModule,
  type MiddlewareConsumer,
  type NestModule,
  type Provider,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { HttpEdge } from '../http/http-edge.js';
import { applicationOf } from '../seams/applications.js';
import { RookeryBus } from './bus.js';
import { RookeryDeadLetters } from './dead-letters.js';
import { ModuleConnection } from './module-connection.js';
import type { ClientFeature, RookeryModuleAsyncOptions, RookeryModuleOptions } from './options.js';
import { getBusToken, getClientToken, moduleConnectionToken } from './tokens.js';

/** Not exported: only the module of the connection without a name has one. */
const HTTP_EDGE = 'rookery:http-edge';

/**
 * Clients and a bus on one connection, by injection.
 *
 *     imports: [RookeryModule.forRoot({ service: 'gateway', url, services }), RookeryModule.forFeature(['math', 'users'])]
 *     constructor(@InjectClient('math') private readonly math: RookeryClient, private readonly bus: RookeryBus) {}
 *
 * Nothing connects before the first call, so a testing module needs no broker.
 */
@Module({})
export class RookeryModule implements NestModule {
  readonly #edge: HttpEdge | undefined;

  /** @internal Made by Nest. */
  constructor(@Optional() @Inject(HTTP_EDGE) edge?: HttpEdge) {
    this.#edge = edge;
  }

  /** @internal Called by Nest where there is HTTP. */
  configure(consumer: MiddlewareConsumer): void {
    if (this.#edge) consumer.apply(this.#edge.middleware).forRoutes('{*path}');
  }

  /**
   * The connection, for the whole application. `name` makes it a further one, for `@InjectBus(name)` and
   * `forFeature(services, name)`.
   *
   * @throws ConfigurationError, at the start of the application, when the options cannot work
   */
  static forRoot(options: RookeryModuleOptions & { name?: string } = {}): DynamicModule {
    const { name, ...rest } = options;
    return RookeryModule.forRootAsync({ ...(name === undefined ? {} : { name }), useFactory: () => rest });
  }

  /** As {@link RookeryModule.forRoot}, with options from a factory. */
  static forRootAsync({
    name,
    imports = [],
    inject = [],
    useFactory,
  }: RookeryModuleAsyncOptions): DynamicModule {
    const factory = useFactory as (
      ...injected: unknown[]
    ) => RookeryModuleOptions | Promise<RookeryModuleOptions>;
    const connection: Provider = {
      provide: moduleConnectionToken(name),
      useFactory: async (...injected: unknown[]) => new ModuleConnection(await factory(...injected)),
      inject,
    };
    const bus: Provider = {
      provide: getBusToken(name),
      useFactory: (shared: ModuleConnection) => new RookeryBus(shared.client({})),
      inject: [moduleConnectionToken(name)],
    };
    const edge: Provider = {
      provide: HTTP_EDGE,
      useFactory: (shared: ModuleConnection) => shared.httpEdge,
      inject: [moduleConnectionToken(name)],
    };
    const deadLetters: Provider = {
      provide: RookeryDeadLetters,
      useFactory: (modules: ModulesContainer) => new RookeryDeadLetters(applicationOf(modules)),
      inject: [ModulesContainer],
    };
    const shared = [connection, bus];
    return {
      module: RookeryModule,
      global: true,
      imports,
      providers: name === undefined ? [...shared, edge, deadLetters] : shared,
      exports: name === undefined ? [...shared, deadLetters] : shared,
    };
  }

  /** Clients of these services, for `@InjectClient(service)`. */
  static forFeature(services: readonly (string | ClientFeature)[], connection?: string): DynamicModule {
    const providers = services.map((each): Provider => {
      const feature = typeof each === 'string' ? { to: each } : each;
      return {
        provide: getClientToken(feature.to, connection),
        useFactory: (shared: ModuleConnection) => shared.client(feature),
        inject: [moduleConnectionToken(connection)],
      };
    });
    return { module: RookeryModule, providers, exports: providers };
  }
}
