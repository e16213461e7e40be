import type { Socket } from 'node:net';
import { ConnectionLost, isRookeryError, ProtocolViolation, type Timer } from '@rookery/core';
import type { ConnectionScope } from '../connection/connection.js';
import { PacketReader } from './packet-reader.js';
import { PacketWriter } from './packet-writer.js';

/** What a side does with its connection on the stock wire. */
export interface NestSocketOwner {
  /** For messages to people: who is at the other end. */
  readonly peer: string;
  /** Takes a packet; what it throws ends the connection. */
  packet(packet: unknown): void;
  /** What was written is the system's: from now on the peer may have it. */
  written?(): void;
  /** What was written has left for the peer, which takes more. */
  flushed(): void;
  /** Called once, when nothing more can come or go. */
  closed(cause: Error | undefined): void;
}

/**
 * A socket that carries packets of the stock wire. There is no heartbeat on it, so that the system's keepalive finds a
 * peer that is gone; and there is no goodbye, so that who breaks the rules is told by the end of the connection alone.
 */
export class NestSocket {
  readonly socket: Socket;
  readonly #scope: ConnectionScope;
  readonly #owner: NestSocketOwner;
  readonly #reader: PacketReader;
  readonly #writer: PacketWriter;
  #stalled: Timer | undefined;
  #linger: Timer | undefined;
  #cause: Error | undefined;
  #open = true;

  constructor(socket: Socket, scope: ConnectionScope, owner: NestSocketOwner) {
    this.socket = socket;
    this.#scope = scope;
    this.#owner = owner;
    const { maxBody, maxFrame, heartbeat } = scope.settings;
    this.#reader = new PacketReader(maxBody + maxFrame, (packet) => this.#take(packet));
    this.#writer = new PacketWriter(
      socket,
      () => this.#owner.written?.(),
      () => this.#owner.flushed(),
    );
    scope.sockets.add(socket);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, heartbeat);
    socket.on('data', (chunk: Buffer) => this.#read(() => this.#reader.push(chunk)));
    socket.on('end', () => this.#closed());
    socket.on('error', (error) => (this.#cause ??= error));
    socket.on('close', () => {
      scope.sockets.delete(socket);
      this.#linger?.cancel();
      this.#closed();
    });
  }

  /** @param json one packet; packets leave in their order, at the end of the turn */
  write(json: string): void {
    if (!this.#open) return;
    this.#writer.write(json);
    const { maxBacklog } = this.#scope.settings.limits;
    if (this.socket.writableLength <= maxBacklog) return;
    this.#refuse(
      new ConnectionLost(`it does not read what it is sent, more than ${maxBacklog} bytes by now`),
    );
  }

  /** Reads no more until {@link NestSocket.release}, so that the peer has to wait. */
  hold(): void {
    this.#reader.hold();
    this.socket.pause();
  }

  release(): void {
    if (!this.#open) return;
    this.socket.resume();
    this.#read(() => this.#reader.release());
  }

  /** Sends what is left, then closes; at the latest after `closeTimeout`. */
  end(): void {
    if (this.#linger || !this.#open) return;
    this.#writer.end();
    this.#linger = this.#scope.clock.after(this.#scope.settings.closeTimeout, () => this.socket.destroy());
  }

  /** Closes at once; what was not written is dropped. */
  destroy(cause?: Error): void {
    this.#cause ??= cause;
    this.#reader.stop();
    this.socket.destroy();
  }

  #read(read: () => void): void {
    try {
      read();
    } catch (error) {
      this.#refuse(error);
      return;
    }
    this.#watchPartial();
  }

  #take(packet: unknown): void {
    if (typeof packet !== 'object' || packet === null) {
      throw new ProtocolViolation(`malformed bytes: a packet that is ${JSON.stringify(packet)}`);
    }
    this.#owner.packet(packet);
  }

  /** Whoever begins a packet has to go on with it. */
  #watchPartial(): void {
    this.#stalled?.cancel();
    this.#stalled = undefined;
    if (!this.#open || !this.#reader.partial) return;
    const { clock, settings } = this.#scope;
    const wait = settings.limits.frameTimeout;
    this.#stalled = clock.after(wait, () =>
      this.#refuse(new ProtocolViolation(`half of a packet, and then nothing for ${wait} ms`)),
    );
  }

  #refuse(error: unknown): void {
    const cause = error instanceof Error ? error : new Error(String(error));
    const { logger } = this.#scope;
    if (isRookeryError(error)) {
      logger.warn(`the connection with ${this.#owner.peer} is closed: ${error.message}`);
    } else {
      const what = cause.stack ?? cause.message;
      logger.error(`the connection with ${this.#owner.peer} is closed by a defect: ${what}`);
    }
    this.destroy(cause);
    this.#closed();
  }

  #closed(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#stalled?.cancel();
    this.#reader.stop();
    this.#writer.stop();
    this.#owner.closed(this.#cause);
  }
}
