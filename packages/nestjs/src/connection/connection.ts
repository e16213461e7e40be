import {
  ClientClosed,
  currentRuntime,
  jsonCodec,
  type Codec,
  type Logger,
  type ResolvedConnection,
  type Runtime,
  type Transport,
} from '@rookery/core';
import { nestLogger } from './nest-logger.js';

/**
 * One transport, made when it is first used and let go of once. Servers and clients hold one; the clients of a module
 * share one.
 */
export class Connection {
  readonly #resolved: ResolvedConnection;
  /** That of whoever made the connection, for all that is made on it. */
  readonly runtime: Runtime = currentRuntime();
  readonly logger: Logger = this.runtime.logger ?? nestLogger();
  readonly codec: Codec;
  /** This process among the replicas of its service. */
  readonly replica: string;
  #opening: Promise<Transport> | undefined;
  #closed = false;

  constructor(resolved: ResolvedConnection) {
    this.#resolved = resolved;
    this.replica = `${resolved.service ?? 'client'}-${this.runtime.random.token(12)}`;
    this.codec = jsonCodec({ strict: !resolved.production });
  }

  /** Who this process is on it. */
  get service(): string | undefined {
    return this.#resolved.service;
  }

  /** The URL scheme of its transport. */
  get scheme(): string {
    return this.#resolved.scheme;
  }

  /** The transport, loaded and made by the first who asks. A failure is not remembered: the next one tries again. */
  transport(): Promise<Transport> {
    if (this.#closed)
      return Promise.reject(new ClientClosed('the connection is closed', { recourse: 'terminal' }));
    this.#opening ??= this.#make().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  /** Closes the transport if there is one. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#opening?.then(
      (transport) => transport.close(),
      () => undefined,
    );
  }

  async #make(): Promise<Transport> {
    const factory = await this.#resolved.load();
    const { clock, random } = this.runtime;
    const { replica } = this;
    const { service } = this.#resolved;
    return factory.create({ service, replica, clock, random, logger: this.logger });
  }
}
