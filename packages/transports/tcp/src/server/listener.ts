import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { AddressUnusable, encodeFailure, Unavailable, type Wire } from '@rookery/core';
import { type Address, urlOf } from '../address.js';
import type { ConnectionScope } from '../connection/connection.js';
import { fullHouse, Refusals } from './full-house.js';
import { Gate } from '../security/gate.js';
import { createSecureServer, type SecureServer } from '../security/secure-server.js';
import { NestServerConnection } from '../nest-wire/nest-server-connection.js';
import { Undecided } from '../nest-wire/first-byte.js';
import type { ListenedConnection, ListenedConnectionOwner } from './listened-connection.js';
import type { Served } from './served.js';
import { ServerConnection } from './server-connection.js';

/** Takes connections at one address. */
export class Listener implements ListenedConnectionOwner {
  readonly #address: Address;
  readonly #scope: ConnectionScope;
  readonly served: Served;
  readonly #server: Server;
  /** The same, if it speaks TLS. */
  readonly #secure: SecureServer | undefined;
  readonly #connections = new Set<ListenedConnection>();
  /** Those that have not completed their handshake. */
  readonly #strangers = new Set<ListenedConnection>();
  readonly #refusals: Refusals;
  /** How many requests are served, over all connections. */
  requests = 0;
  readonly arrived = { bytes: 0 };
  #port: number;
  #phase: 'new' | 'listening' | 'draining' | 'closed' = 'new';
  /** Those who may still send new requests, while it drains. */
  readonly #loud = new Set<ListenedConnection>();
  #hushed: (() => void) | undefined;
  /** Those who may speak either wire; only where there is more than Rookery's. */
  readonly #undecided: Undecided | undefined;

  /** @param served who this process is and what it does with requests and events */
  constructor(address: Address, scope: ConnectionScope, served: Served) {
    this.#address = address;
    this.#port = address.port;
    this.#scope = scope;
    this.served = served;
    this.#refusals = new Refusals(() => urlOf(this.address), scope);
    const { served: wires } = scope.settings.wires;
    if (wires.has('nest'))
      this.#undecided = new Undecided(scope, (socket, wire) => this.#accept(socket, wire));
    const accept = (socket: Socket): void => {
      const why = this.#full();
      if (why !== undefined) this.#refusals.refuse(socket, why);
      else if (this.#undecided) this.#undecided.accept(socket);
      else this.#accept(socket, 'rookery');
    };
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
    this.#undecided?.close();
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
    const cut = new Unavailable('the service went before the work was done', { recourse: 'unknown' });
    for (const connection of this.#connections)
      connection.refuse(encodeFailure(gone, false), encodeFailure(cut, false));
  }

  quiet(connection: ListenedConnection): void {
    if (this.#loud.delete(connection) && this.#loud.size === 0) this.#hushed?.();
  }

  greeted(connection: ListenedConnection): void {
    this.#strangers.delete(connection);
  }

  closed(connection: ListenedConnection): void {
    this.#connections.delete(connection);
    this.#strangers.delete(connection);
    this.quiet(connection);
  }

  /** Why nobody else is taken, if it is so. */
  #full(): string | undefined {
    const undecided = this.#undecided?.size ?? 0;
    const { limits } = this.#scope.settings;
    return fullHouse(this.#connections.size + undecided, this.#strangers.size + undecided, limits);
  }

  #acceptStock(socket: Socket): void {
    const gate = new Gate(this.#scope.settings.security, socket);
    try {
      gate.silent();
    } catch (error) {
      const who = `${socket.remoteAddress}:${socket.remotePort}`;
      this.#scope.refusals.say(`the connection with ${who} is refused: ${(error as Error).message}`);
      socket.destroy();
      return;
    }
    this.#connections.add(new NestServerConnection(socket, gate, this.#scope, this));
  }

  #accept(socket: Socket, wire: Wire): void {
    if (this.#phase !== 'listening') {
      socket.destroy(); // its TLS handshake, begun before, was over only now
      return;
    }
    if (wire === 'nest') {
      this.#acceptStock(socket);
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
