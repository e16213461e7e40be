import type { Socket } from 'node:net';
import {
  type Clock,
  ConnectionLost,
  isRookeryError,
  type Logger,
  ProtocolViolation,
  type Random,
  type Timer,
} from '@rookery/core';
import type { BufferPool } from './buffer-pool.js';
import { FRAME_NAMES, FrameType } from '../frames/frame-type.js';
import type { Cursor } from '../frames/cursor.js';
import { FrameReader } from '../frames/frame-reader.js';
import { FrameWatch, type FrameWatchOwner } from './frame-watch.js';
import { textBound } from '../frames/frame-writer.js';
import { GoodbyeReason } from '../frames/goodbye.js';
import { malformed } from '../frames/protocol.js';
import { Heartbeat } from './heartbeat.js';
import { IncomingBodies } from './incoming-bodies.js';
import type { ReplicaWatch } from '../client/replicas/replica-watch.js';
import type { Settings } from '../options.js';
import type { Refusals } from '../security/refusals.js';
import { Outgoing } from './outgoing.js';
import { Pressure, type PressureOwner } from './pressure.js';

/** A peer that takes nothing for so many heartbeats, while much waits for it and nothing it says is read, is given up. */
const STUCK_BEATS = 6;

/** What all connections of a transport share. */
export interface ConnectionScope {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Tells of those who are turned away. */
  readonly refusals: Refusals;
  readonly pool: BufferPool;
  /** Every socket that is not closed yet, lingering ones included. */
  readonly sockets: Set<Socket>;
  /** Those who want to hear of replicas that are left out. */
  readonly replicas: ReplicaWatch;
}

/** What a side does with its connection. */
export interface ConnectionOwner {
  /** For messages to people: who is at the other end. */
  readonly peer: string;
  /** Takes a frame; what it throws ends the connection. The cursor is only good until it returns. */
  frame(type: number, fields: Cursor): void;
  /** Much waits for the peer to read: nothing should be begun that adds to it. */
  crowded(): void;
  /** Little waits again. */
  eased(): void;
  /** A heartbeat interval has passed. */
  beat?(): void;
  /** Called once, when nothing more can come or go. */
  closed(cause: Error | undefined): void;
}

/**
 * A socket that carries frames: cut and gathered, with a heartbeat, large bodies in chunks, and an end for whoever does
 * not keep to the protocol. What the frames mean is its owner's.
 */
export class Connection implements PressureOwner, FrameWatchOwner {
  readonly outgoing: Outgoing;
  readonly bodies: IncomingBodies;
  readonly #socket: Socket;
  readonly #scope: ConnectionScope;
  readonly #owner: ConnectionOwner;
  readonly #reader: FrameReader;
  readonly #pressure: Pressure;
  readonly #watch: FrameWatch;
  readonly #greeting: Timer;
  #heartbeat: Heartbeat | undefined;
  #linger: Timer | undefined;
  #cause: Error | undefined;
  #open = true;
  #paused = false;
  /** What had been taken by the peer's side at the last beat, and the beats since then, while paused. */
  #taken = 0;
  #stuck = 0;

  /** @param maxGreeting the largest frame until {@link Connection.greeted} */
  constructor(socket: Socket, maxGreeting: number, scope: ConnectionScope, owner: ConnectionOwner) {
    this.#socket = socket;
    this.#scope = scope;
    this.#owner = owner;
    const { maxBacklog, frameTimeout } = scope.settings.limits;
    this.#pressure = new Pressure(maxBacklog, this);
    this.outgoing = new Outgoing(socket, scope.pool, this.#pressure);
    this.bodies = new IncomingBodies(scope.settings.maxBody);
    this.#reader = new FrameReader(maxGreeting, (type, fields) => this.#take(type, fields));
    this.#watch = new FrameWatch(scope.clock, frameTimeout, this.#reader, this.bodies, this);
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

  /** Whether nothing is read. */
  get deaf(): boolean {
    return this.#paused;
  }

  /** How much waits for the peer to read. */
  get pressure(): Pressure {
    return this.#pressure;
  }

  /** Reads nothing more until {@link Connection.resume}; the peer will feel it. */
  pause(): void {
    if (this.#paused || !this.#open) return;
    this.#paused = true;
    this.#taken = this.outgoing.taken;
    this.#stuck = 0;
    this.#reader.halt(); // one read can have thousands of requests
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#heartbeat?.heard();
    try {
      this.#reader.go();
    } catch (error) {
      this.#refuse(error);
    }
    if (!this.#paused) this.#socket.resume();
  }

  crowded(): void {
    this.#owner.crowded();
  }

  eased(): void {
    this.#owner.eased();
  }

  overflow(bytes: number): void {
    const { maxBacklog } = this.#scope.settings.limits;
    this.#scope.logger.warn(
      `${this.#owner.peer} does not read: ${bytes} bytes wait for it, of at most ${maxBacklog} (maxBacklog); replies fail`,
    );
  }

  late(): void {
    const { frameTimeout } = this.#scope.settings.limits;
    this.#refuse(
      new ProtocolViolation(
        `a frame that had begun was not complete within ${frameTimeout} ms (frameTimeout)`,
      ),
    );
  }

  /** The handshake is done: the full frame size counts, and silence. */
  greeted(): void {
    const { settings, clock } = this.#scope;
    this.#greeting.cancel();
    this.#reader.maxFrame = settings.maxFrame;
    this.#heartbeat = new Heartbeat(clock, settings.heartbeat, {
      beat: () => this.#beat(),
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
    this.#reader.stop();
    this.resume(); // or it would not hear the end of the other side
    this.#socket.end();
    this.#linger = this.#scope.clock.after(this.#scope.settings.closeTimeout, () => this.#socket.destroy());
    this.#closed();
  }

  /** Says that one of the two has not proven who it is, and closes. */
  turnAway(error: Error): void {
    this.#scope.refusals.say(`the connection with ${this.#owner.peer} is refused: ${error.message}`);
    this.fail(error, GoodbyeReason.unauthenticated);
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
      this.#watch.look();
    } catch (error) {
      this.#refuse(error);
    }
  }

  #beat(): boolean {
    this.#owner.beat?.();
    if (!this.#paused) return false;
    const { taken } = this.outgoing;
    this.#stuck = taken === this.#taken ? this.#stuck + 1 : 0;
    this.#taken = taken;
    if (this.#stuck >= STUCK_BEATS) {
      const ms = this.#stuck * this.#scope.settings.heartbeat;
      this.#cut(`it has read nothing for ${ms} ms, while ${this.outgoing.backlog} bytes wait for it`);
    }
    return true;
  }

  /** Closes at once, because of what the peer does not do. */
  #cut(why: string): void {
    if (!this.#open || this.#socket.destroyed) return;
    this.#scope.logger.warn(`the connection with ${this.#owner.peer} is closed: ${why}`);
    this.destroy(new ConnectionLost(why));
  }

  #refuse(error: unknown): void {
    const { logger } = this.#scope;
    if (isRookeryError(error) && error.code === 'PROTOCOL_VIOLATION') {
      logger.warn(`the connection with ${this.#owner.peer} is closed: ${error.message}`);
      this.fail(error, GoodbyeReason.violation);
      return;
    }
    if (isRookeryError(error) && error.code === 'UNAUTHENTICATED') {
      this.turnAway(error);
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
    this.#watch.stop();
    this.bodies.close();
    this.outgoing.stop();
    this.#owner.closed(this.#cause);
  }
}
