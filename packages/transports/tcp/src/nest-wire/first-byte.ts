import type { Socket } from 'node:net';
import type { Wire } from '@rookery/core';
import type { ConnectionScope } from '../connection/connection.js';
import { MAGIC } from '../frames/protocol.js';

/** What a connection begins with, by which it shows its wire. */
function wireOf(byte: number | undefined): Wire | undefined {
  if (byte === MAGIC[0]) return 'rookery';
  return byte !== undefined && byte >= 0x30 && byte <= 0x39 ? 'nest' : undefined;
}

/** Accepted connections that have not said anything, where there is more than one wire to say it on. */
export class Undecided {
  readonly #scope: ConnectionScope;
  readonly #decided: (socket: Socket, wire: Wire) => void;
  readonly #sockets = new Set<Socket>();

  /** @param decided takes a socket of which the first bytes are about to be read */
  constructor(scope: ConnectionScope, decided: (socket: Socket, wire: Wire) => void) {
    this.#scope = scope;
    this.#decided = decided;
  }

  /** How many there are. */
  get size(): number {
    return this.#sockets.size;
  }

  /**
   * Waits for the first byte, however long that takes: a stock client may connect at the start of its process and say
   * nothing before its first call.
   */
  accept(socket: Socket): void {
    const { sockets, settings } = this.#scope;
    sockets.add(socket);
    this.#sockets.add(socket);
    socket.setKeepAlive(true, settings.heartbeat);
    socket.on('error', () => undefined); // it says 'close' too
    socket.on('close', () => {
      sockets.delete(socket);
      this.#sockets.delete(socket);
    });
    socket.once('data', (first: Buffer) => this.#decide(socket, first));
  }

  /** Nobody is served any more. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #decide(socket: Socket, first: Buffer): void {
    this.#sockets.delete(socket);
    const { settings, logger } = this.#scope;
    const { served } = settings.wires;
    const wire = wireOf(first[0]);
    if (wire && served.has(wire)) {
      this.#decided(socket, wire);
      socket.emit('data', first); // to who listens now
      return;
    }
    const who = `${socket.remoteAddress}:${socket.remotePort}`;
    const spoken = [...served].join(' and ');
    const byte = `0x${first[0]?.toString(16).padStart(2, '0')}`;
    const what = wire ? `speaks the wire of ${wire}` : `begins with the byte ${byte}`;
    logger.warn(`the connection with ${who} is closed: it ${what}; this side speaks ${spoken}`);
    socket.destroy();
  }
}
