import type { Writable } from 'node:stream';
import type { Body } from '@rookery/core';
import { BUFFER_SIZE, type BufferPool } from './buffer-pool.js';
import { FrameType } from '../frames/frame-type.js';
import { FrameWriter, VARINT_BOUND } from '../frames/frame-writer.js';
import { CHUNK_SIZE, MAGIC, MAX_NUMBER } from '../frames/protocol.js';
import { LargeBody } from './large-body.js';
import type { Pressure } from './pressure.js';

/** With more than this many bytes waiting for the peer to read, no further chunks are cut. */
const CHUNK_BACKLOG = 2 * CHUNK_SIZE;

/** With as many bytes gathered they leave before the turn is over, so that the peer works while this side does. */
export const WRITE_SIZE = 16 * 1024;

/** A turn of fewer frames leaves in one write: a write costs as much as about this many frames. */
const LEAST_SHARE = 24;

/** Into how many writes a turn with many frames is divided, so that the peer works on the first while this side goes on. */
const SHARES = 4;

/** The bytes that the frame of a chunked body has in place of it. */
export const ANNOUNCEMENT_BOUND = 2 * VARINT_BOUND;

/**
 * One direction of a connection: the frames of one turn of the event loop leave in one write, or in a few when there are
 * many, so that both sides work at once. Between two turns one chunk of the large bodies is sent, in turn, so that small
 * frames pass them.
 */
export class Outgoing {
  readonly #socket: Writable;
  readonly #pool: BufferPool;
  readonly #pressure: Pressure | undefined;
  readonly #writer = new FrameWriter((bytes) => this.#makeRoom(bytes));
  readonly #large: LargeBody[] = [];
  /** What the kernel has not taken, oldest first. */
  readonly #written: Buffer[] = [];
  /** Those who wait until no large body is on its way. */
  #whenWhole: (() => void)[] = [];
  #bodies = 0;
  /** Bytes of large bodies that are not written. */
  #unwritten = 0;
  #batch = 0;
  /** The frames gathered since the last write, and those of this turn that were written. */
  #gathered = 0;
  #inTurn = 0;
  /** With as many frames gathered they leave: a share of what the last turn had. */
  #share = LEAST_SHARE;
  #scheduled = false;
  #ending = false;
  #stopped = false;

  /** @param pressure is told how much waits for the peer to read */
  constructor(socket: Writable, pool: BufferPool, pressure?: Pressure) {
    this.#socket = socket;
    this.#pool = pool;
    this.#pressure = pressure;
    socket.write(MAGIC);
  }

  /** Bytes that the peer has not taken yet. */
  get backlog(): number {
    return this.#writer.length + this.#socket.writableLength;
  }

  /** How many writes the peer's side has taken. */
  get taken(): number {
    return this.#batch - this.#written.length;
  }

  /** The number of the write in which frames leave that are written now. What has a lower one may have left. */
  get batch(): number {
    return this.#batch;
  }

  /** Begins a frame; the caller writes its fields and ends it, in the same turn. */
  begin(type: number, bound: number): FrameWriter {
    if (!this.#scheduled) this.#schedule();
    if (this.#gathered >= this.#share || this.#writer.length >= WRITE_SIZE) this.flush();
    this.#gathered++;
    return this.#writer.begin(type, bound);
  }

  /** Ends the frame with a body that is no more than a chunk. */
  endWith(body: Body): void {
    if (typeof body === 'string') this.#writer.restText(body);
    else if (body !== undefined) this.#writer.restBytes(body);
    this.#writer.end();
  }

  /** Ends the frame with the announcement of a body, which follows in chunks. */
  endWithChunked(body: string | Uint8Array): LargeBody {
    // A copy, because it leaves later and the body is the caller's.
    const bytes = typeof body === 'string' ? Buffer.from(body) : Buffer.copyBytesFrom(body);
    this.#bodies = this.#bodies === MAX_NUMBER ? 1 : this.#bodies + 1;
    const large = new LargeBody(this.#bodies, bytes);
    this.#writer.varint(large.number);
    this.#writer.varint(bytes.length);
    this.#writer.end();
    this.#large.push(large);
    this.#unwritten += bytes.length;
    this.#press();
    return large;
  }

  /** Runs `next` once the large bodies that are on their way are written: at once if there are none. */
  whenWhole(next: () => void): void {
    if (this.#large.length === 0) next();
    else this.#whenWhole.push(next);
  }

  /** Writes what is left, then ends this direction. */
  end(): void {
    this.#ending = true;
    if (!this.#scheduled) this.#schedule();
  }

  /** Hands over what was written, without waiting for the end of the turn. */
  flush(): void {
    if (this.#writer.length === 0) return;
    this.#batch++;
    this.#inTurn += this.#gathered;
    this.#gathered = 0;
    this.#share = Math.max(this.#share, this.#inTurn); // so that a turn of very many frames is not very many writes
    const length = this.#writer.length;
    const buffer = this.#writer.release();
    this.#written.push(buffer);
    this.#socket.write(buffer.subarray(0, length), this.#taken);
    this.#press();
  }

  /** The socket is gone: forgets what has not left. */
  stop(): void {
    this.#stopped = true;
    this.#large.length = 0;
    this.#whenWhole = [];
    this.#writer.release();
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#scheduled = true;
    setImmediate(this.#turn);
  }

  readonly #turn = (): void => {
    this.#scheduled = false;
    if (this.#large.length > 0) this.#sendChunk();
    this.flush();
    this.#share = Math.max(LEAST_SHARE, Math.ceil(this.#inTurn / SHARES));
    this.#inTurn = 0;
    if (this.#large.length > 0) {
      if (this.backlog <= CHUNK_BACKLOG) this.#schedule(); // otherwise #taken does
    } else if (this.#ending) {
      this.#socket.end();
    }
  };

  #sendChunk(): void {
    if (this.backlog > CHUNK_BACKLOG) return;
    const large = this.#large.shift() as LargeBody;
    const writer = this.#writer.begin(FrameType.chunk, VARINT_BOUND + CHUNK_SIZE);
    large.writeChunk(writer);
    this.#unwritten -= large.gone();
    writer.end();
    if (large.done) large.finish();
    else this.#large.push(large);
    if (this.#large.length === 0) for (const next of this.#whenWhole.splice(0)) next();
  }

  readonly #taken = (): void => {
    const buffer = this.#written.shift();
    if (buffer) this.#pool.give(buffer);
    this.#press();
    if (this.#large.length > 0 && !this.#scheduled) this.#schedule();
  };

  #press(): void {
    if (!this.#stopped) this.#pressure?.changed(this.#socket.writableLength, this.#unwritten);
  }

  #makeRoom(bytes: number): Buffer {
    this.flush();
    return bytes <= BUFFER_SIZE ? this.#pool.take() : Buffer.allocUnsafeSlow(bytes);
  }
}
