import type { OnApplicationShutdown } from '@nestjs/common';
import type { ClientPolicies } from '../client/options.js';
import { RookeryClient } from '../client/rookery-client.js';
import { Connection } from '../connection/connection.js';
import { HttpEdge } from '../http/http-edge.js';
import { joinLogs } from '../logs/join-logs.js';
import { resolveClient } from '../connection/resolve.js';
import type { RookeryModuleOptions } from './options.js';

/** The one connection that a module's clients and bus share; made at the start, connected when first used. */
export class ModuleConnection implements OnApplicationShutdown {
  readonly #options: RookeryModuleOptions;
  readonly #connection: Connection;
  readonly #clients: RookeryClient[] = [];

  /** @throws ConfigurationError when the options cannot work */
  constructor(options: RookeryModuleOptions) {
    this.#options = options;
    if (options.logContext !== false) joinLogs();
    this.#connection = new Connection(
      resolveClient(options, options.service, 'RookeryModule.forRoot({ … })'),
    );
  }

  /** Begins a context for each HTTP request; `undefined` when that is switched off. */
  get httpEdge(): HttpEdge | undefined {
    const { http = {} } = this.#options;
    return http === false ? undefined : new HttpEdge(http, this.#connection.runtime.random);
  }

  /** A client on this connection; the feature's policies beat the module's. */
  client(feature: ClientPolicies & { to?: string }): RookeryClient {
    const { service, timeout, idleTimeout, acceptStack, telemetry } = this.#options;
    const client = new RookeryClient({
      ...(service === undefined ? {} : { from: service }),
      ...(timeout === undefined ? {} : { timeout }),
      ...(idleTimeout === undefined ? {} : { idleTimeout }),
      ...(acceptStack === undefined ? {} : { acceptStack }),
      ...(telemetry === undefined ? {} : { telemetry }),
      ...feature,
      connection: this.#connection,
    });
    this.#clients.push(client);
    return client;
  }

  /** After the servers have drained, whose handlers may still call out. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.#connection.close();
  }
}
