import type { OnApplicationShutdown } from '@nestjs/common';
import { resolveClient } from '@rookery/core';
import type { ClientSettings } from '../client/options.js';
import { RookeryClient } from '../client/rookery-client.js';
import { Connection } from '../connection/connection.js';
import { importPackage } from '../connection/import-package.js';
import { HttpEdge } from '../http/http-edge.js';
import { joinLogs } from '../logs/join-logs.js';
import type { RookeryModuleOptions } from './options.js';

/** The one connection that a module's clients and bus share; made at the start, connected when first used. */
export class ModuleConnection implements OnApplicationShutdown {
  readonly #options: RookeryModuleOptions;
  readonly #connection: Connection;
  readonly #clients: RookeryClient[] = [];
  readonly #plain = new Map<string | undefined, RookeryClient>();

  /** @throws ConfigurationError when the options cannot work */
  constructor(options: RookeryModuleOptions) {
    this.#options = options;
    if (options.logContext !== false) joinLogs();
    this.#connection = new Connection(
      resolveClient(options, options.service, 'RookeryModule.forRoot({ … })', importPackage),
    );
  }

  /** Begins a context for each HTTP request; `undefined` when that is switched off. */
  get httpEdge(): HttpEdge | undefined {
    const { http = {} } = this.#options;
    return http === false ? undefined : new HttpEdge(http, this.#connection.runtime.random);
  }

  /**
   * A client on this connection; what the feature sets beats the module. A service that sets nothing of its own has one
   * client, wherever it is injected, so that its breaker and its bulkhead see all calls.
   */
  client(feature: ClientSettings & { to?: string }): RookeryClient {
    const { service } = this.#options;
    const plain = Object.keys(feature).every((key) => key === 'to');
    const known = plain ? this.#plain.get(feature.to) : undefined;
    if (known) return known;
    const client = new RookeryClient({
      ...(service === undefined ? {} : { from: service }),
      ...feature,
      module: this.#options,
      connection: this.#connection,
    });
    this.#clients.push(client);
    if (plain) this.#plain.set(feature.to, client);
    return client;
  }

  /** After the servers have drained, whose handlers may still call out. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.#connection.close();
  }
}
