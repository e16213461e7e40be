import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import {
  certificateProblem,
  type Credentials,
  handshakeProblem,
  type Timer,
  Unauthenticated,
} from '@rookery/core';
import { Connection, type ConnectionScope } from '../connection/connection.js';
import { MAX_HELLO } from '../frames/protocol.js';
import { serverTls } from './tls.js';

/**
 * A server of TLS sessions that gives only those to `accept` whose certificate is in order, where one is asked for.
 *
 * @returns `undefined` when the settings have no TLS
 */
export function createSecureServer(
  scope: ConnectionScope,
  accept: (socket: Socket) => void,
): SecureServer | undefined {
  const { tls } = scope.settings.security;
  return tls && new SecureServer(tls, scope, accept);
}

/** See {@link createSecureServer}. */
export class SecureServer {
  readonly server: Server;
  readonly #tls: Credentials;
  readonly #scope: ConnectionScope;
  /** Sockets without a TLS session yet, by their remote end. */
  readonly #raw = new Map<string, Socket>();
  #timer: Timer | undefined;

  constructor(tls: Credentials, scope: ConnectionScope, accept: (socket: Socket) => void) {
    this.#tls = tls;
    this.#scope = scope;
    const { security, limits, connectTimeout } = scope.settings;
    this.server = createServer({ ...serverTls(tls.pem, security.mutual), handshakeTimeout: connectTimeout });
    this.server.on('connection', (socket: Socket) => {
      if (this.#raw.size >= limits.maxUnauthenticated) {
        scope.refusals.say(
          `a connection is refused: ${this.#raw.size} have no TLS session yet (maxUnauthenticated)`,
        );
        socket.destroy();
        return;
      }
      const end = endOf(socket);
      this.#raw.set(end, socket);
      socket.once('close', () => this.#raw.delete(end));
    });
    this.server.on('secureConnection', (socket) => {
      this.#raw.delete(endOf(socket));
      if (security.mutual && !socket.authorized) this.#turnAway(socket);
      else accept(socket);
    });
    this.server.on('tlsClientError', (error, socket) => this.#failed(error, socket));
  }

  /** Looks at the files of the certificates from time to time. */
  begin(): void {
    if (!this.#tls.reloads) return;
    const { clock, logger, settings } = this.#scope;
    this.#timer = clock.after(this.#tls.reloadInterval, () => {
      this.#tls.refresh(logger);
      this.server.setSecureContext(serverTls(this.#tls.pem, settings.security.mutual));
      this.begin();
    });
  }

  /** Stops that, and gives up those who have not finished their TLS handshake. */
  end(): void {
    this.#timer?.cancel();
    for (const socket of this.#raw.values()) socket.destroy();
  }

  #turnAway(socket: TLSSocket): void {
    const problem = Object.assign(new Error(), { code: String(socket.authorizationError) });
    const shown = socket.getPeerX509Certificate() !== undefined;
    const why = shown
      ? `it refuses the caller's certificate: ${certificateProblem(problem) ?? problem.code}`
      : 'it asks callers for a certificate, and none was shown; give tls.cert and tls.key';
    const peer = `a client at ${endOf(socket)}`;
    const nothing = (): void => undefined;
    const owner = { peer, frame: nothing, crowded: nothing, eased: nothing, closed: nothing };
    const connection = new Connection(socket, MAX_HELLO, this.#scope, owner);
    connection.turnAway(new Unauthenticated(why));
  }

  #failed(error: Error, socket: TLSSocket): void {
    const why = handshakeProblem(error) ?? error.message;
    this.#scope.refusals.say(`no TLS session with a client at ${endOf(socket)}: ${why}`);
  }
}

function endOf({ remoteAddress, remotePort }: Socket): string {
  return remoteAddress === undefined ? 'an address that is gone' : `${remoteAddress}:${remotePort}`;
}
