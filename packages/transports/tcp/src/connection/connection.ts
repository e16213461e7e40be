import type { Socket } from 'node:net';
import { type Clock, ConnectionLost, isRookeryError, type Logger, type Timer } from '@rookery/core';
import type { BufferPool } from './buffer-pool.js';
import { FRAME_NAMES, FrameType } from '../frames/frame-type.js';
import type { Cursor } from '../frames/cursor.js';
import { FrameReader } from '../frames/frame-reader.js';
import { textBound } from '../frames/frame-writer.js';
import { GoodbyeReason } from '../frames/goodbye.js';
import { malformed } from '../frames/protocol.js';
import { Heartbeat } from './heartbeat.js';
import { IncomingBodies } from './incoming-bodies.js';
import type { Settings } from '../options.js';
import { Outgoing } from './outgoing.js';

/** What all connections of a transport share. */
export interface ConnectionScope {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly pool: BufferPool;
  /** Every socket that is not closed yet, lingering ones included. */
  readonly sockets: Set<Socket>;
}

/** What a side does with its connection. */
export interface ConnectionOwner {
  /** For messages to people: who is at the other end. */
  readonly peer: string;
  /** Takes a frame; what it throws ends the connection. The cursor is only good until it returns. */
  frame(type: number, fields: Cursor): void;
  /** Called once, when nothing more can come or go. */
  closed(cause: Error | undefined): void;
}

/**
 * A socket that carries frames: cut and gathered, with a heartbeat, large bodies in chunks, and an end for whoever does
 * not keep to the protocol. What the frames mean is its owner's.
 */
export class Connection {
  readonly outgoing: Outgoing;
  readonly bodies: IncomingBodies;
  readonly #socket: Socket;
  readonly #scope: ConnectionScope;
  readonly #owner: ConnectionOwner;
  readonly #reader: FrameReader;
  readonly #greeting: Timer;
  #heartbeat: Heartbeat | undefined;
  #linger: Timer | undefined;
  #cause: Error | undefined;
  #open = true;

  /** @param maxGreeting the largest frame until {@link Connection.greeted} */
  constructor(socket: Socket, maxGreeting: number, scope: ConnectionScope, owner: ConnectionOwner) {
    this.#socket = socket;
    this.#scope = scope;
    this.#owner = owner;
    this.outgoing = new Outgoing(socket, scope.pool);
    this.bodies = new IncomingBodies(scope.settings.maxBody);
    this.#reader = new FrameReader(maxGreeting, (type, fields) => this.#take(type, fields));
    const { connectTimeout } = scope.settings;
    this.#greeting = scope.clock.after(connectTimeout, () =>
      this.destroy(new ConnectionLost(`no greeting within ${connectTimeout} ms`)),
    );
    scope.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('end', () => this.#closed());
    socket.on('error', (error) => (this.#cause ??= error));
    socket.on('close', () => {
      scope.sockets.delete(socket);
      this.#linger?.cancel();
      this.#closed();
    });
  }

  get socket(): Socket {
    return this.#socket;
  }

  /** The handshake is done: the full frame size counts, and silence. */
  greeted(): void {
    const { settings, clock } = this.#scope;
    this.#greeting.cancel();
    this.#reader.maxFrame = settings.maxFrame;
    this.#heartbeat = new Heartbeat(clock, settings.heartbeat, {
      ping: () => void this.outgoing.begin(FrameType.ping, 0).end(),
      silent: () => {
        const waited = settings.heartbeat * 2;
        this.fail(new ConnectionLost(`nothing was heard for ${waited} ms`), GoodbyeReason.silence);
      },
    });
  }

  /** Says goodbye; it leaves after the frames before it. */
  goodbye(reason: number, text: string): void {
    const writer = this.outgoing.begin(FrameType.goodbye, 1 + textBound(text));
    writer.byte(reason);
    writer.restText(text);
    writer.end();
  }

  /** Sends what is left, then closes. */
  end(): void {
    this.outgoing.end();
  }

  /** Says why and closes. The socket lingers for a moment, so that the peer gets to read it. */
  fail(error: Error, reason: number): void {
    if (!this.#open) return;
    this.#cause ??= error;
    this.goodbye(reason, error.message);
    this.outgoing.flush();
    this.#socket.end();
    this.#linger = this.#scope.clock.after(this.#scope.settings.closeTimeout, () => this.#socket.destroy());
    this.#closed();
  }

  /** Closes at once; what was not written is dropped. */
  destroy(cause?: Error): void {
    this.#cause ??= cause;
    this.#reader.stop();
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#heartbeat?.heard();
    try {
      this.#reader.push(chunk);
    } catch (error) {
      this.#refuse(error);
    }
  }

  #refuse(error: unknown): void {
    const { logger } = this.#scope;
    if (isRookeryError(error) && error.code === 'PROTOCOL_VIOLATION') {
      logger.warn(`the connection with ${this.#owner.peer} is closed: ${error.message}`);
      this.fail(error, GoodbyeReason.violation);
      return;
    }
    const cause = error instanceof Error ? error : new Error(String(error));
    logger.error(
      `the connection with ${this.#owner.peer} is closed by a defect: ${cause.stack ?? cause.message}`,
    );
    this.destroy(cause);
  }

  #take(type: number, fields: Cursor): void {
    switch (type) {
      case FrameType.ping:
        fields.finish();
        this.outgoing.begin(FrameType.pong, 0).end();
        break;
      case FrameType.pong:
        fields.finish();
        break;
      case FrameType.chunk:
        this.bodies.chunk(fields);
        break;
      default:
        if (FRAME_NAMES[type] === undefined) throw malformed(`a frame of the unknown type ${type}`);
        this.#owner.frame(type, fields);
    }
  }

  #closed(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#greeting.cancel();
    this.#heartbeat?.stop();
    this.#reader.stop();
    this.outgoing.stop();
    this.#owner.closed(this.#cause);
  }
}
