import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { AddressUnusable, encodeFailure, Unavailable } from '@rookery/core';
import { type Address, urlOf } from '../address.js';
import type { ConnectionScope } from '../connection/connection.js';
import { fullHouse, Refusals } from './full-house.js';
import { createSecureServer, type SecureServer } from '../security/secure-server.js';
import { type Served, ServerConnection, type ServerConnectionOwner } from './server-connection.js';

/** Takes connections at one address. */
export class Listener implements ServerConnectionOwner {
  readonly #address: Address;
  readonly #scope: ConnectionScope;
  readonly served: Served;
  readonly #server: Server;
  /** The same, if it speaks TLS. */
  readonly #secure: SecureServer | undefined;
  readonly #connections = new Set<ServerConnection>();
  /** Those that have not completed their handshake. */
  readonly #strangers = new Set<ServerConnection>();
  readonly #refusals: Refusals;
  /** How many requests are served, over all connections. */
  requests = 0;
  readonly arrived = { bytes: 0 };
  #port: number;
  #phase: 'new' | 'listening' | 'draining' | 'closed' = 'new';
  /** Those who may still send new requests, while it drains. */
  readonly #loud = new Set<ServerConnection>();
  #hushed: (() => void) | undefined;

  /** @param served who this process is and what it does with requests and events */
  constructor(address: Address, scope: ConnectionScope, served: Served) {
    this.#address = address;
    this.#port = address.port;
    this.#scope = scope;
    this.served = served;
    const { clock, logger, settings } = scope;
    this.#refusals = new Refusals(() => urlOf(this.address), clock, logger, settings.closeTimeout);
    const accept = (socket: Socket): void => this.#accept(socket);
    this.#secure = createSecureServer(scope, accept);
    this.#server = this.#secure?.server ?? createServer(accept);
  }

  get server(): Server {
    return this.#server;
  }

  /** Where it listens, with the real port; where it was told to, before it does. */
  get address(): Address {
    return { ...this.#address, port: this.#port };
  }

  /** @throws AddressUnusable that names the address and says why */
  async open(): Promise<void> {
    const { host, port } = this.#address;
    const url = urlOf(this.#address);
    await new Promise<void>((resolve, reject) => {
      const refuse = (cause: Error) => reject(unusable(url, cause));
      this.#server.once('error', refuse);
      this.#server.listen({ host, port }, () => {
        this.#port = (this.#server.address() as AddressInfo).port;
        this.#server.off('error', refuse);
        this.#server.on('error', (error) => this.#scope.logger.error(`${url}: ${error.message}`));
        resolve();
      });
    });
    this.#secure?.begin();
    this.#phase = 'listening';
  }

  /**
   * Takes no more connections, asks the callers to send nothing new, and resolves when each has said that it does not:
   * until then what they send is served.
   */
  async drain(): Promise<void> {
    if (this.#phase !== 'listening') return;
    this.#phase = 'draining';
    this.#server.close();
    this.#refusals.close();
    this.#secure?.end();
    for (const connection of [...this.#connections]) {
      this.#loud.add(connection);
      connection.drain();
    }
    if (this.#loud.size > 0) await new Promise<void>((resolve) => (this.#hushed = resolve));
  }

  /** Answers what is open with an error; the callers hang up then. */
  close(): void {
    if (this.#phase === 'new') return;
    this.#phase = 'closed';
    const gone = new Unavailable('the service is gone; the request was not begun');
    for (const connection of this.#connections) connection.refuse(encodeFailure(gone, false));
  }

  quiet(connection: ServerConnection): void {
    if (this.#loud.delete(connection) && this.#loud.size === 0) this.#hushed?.();
  }

  greeted(connection: ServerConnection): void {
    this.#strangers.delete(connection);
  }

  closed(connection: ServerConnection): void {
    this.#connections.delete(connection);
    this.#strangers.delete(connection);
    this.quiet(connection);
  }

  #accept(socket: Socket): void {
    const why = fullHouse(this.#connections.size, this.#strangers.size, this.#scope.settings.limits);
    if (why !== undefined) {
      this.#refusals.refuse(socket, why);
      return;
    }
    const connection = new ServerConnection(socket, this.#scope, this);
    this.#connections.add(connection);
    this.#strangers.add(connection);
  }
}

const REASONS: Record<string, string> = {
  EADDRINUSE: 'another process listens there; choose another port, or stop it',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'this process may not listen there; ports below 1024 need privileges',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name cannot be looked up now',
};

function unusable(url: string, cause: Error & { code?: string }): AddressUnusable {
  return new AddressUnusable(`cannot listen at ${url}: ${REASONS[cause.code ?? ''] ?? cause.message}`, {
    cause,
  });
}
