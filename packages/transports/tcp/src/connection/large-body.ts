import type { FrameWriter } from '../frames/frame-writer.js';
import { CHUNK_SIZE } from '../frames/protocol.js';

/** A body on its way in chunks. */
export class LargeBody {
  /** Unique among the bodies under way in this direction of the connection. */
  readonly number: number;
  #left: Buffer;
  #done: boolean = false;
  #counted: number;
  #waiting: (() => void)[] | undefined;

  constructor(number: number, bytes: Buffer) {
    this.number = number;
    this.#left = bytes;
    this.#counted = bytes.length;
  }

  get done(): boolean {
    return this.#done;
  }

  /** How many bytes fewer are kept of it than at the last call. */
  gone(): number {
    const gone = this.#counted - this.#left.length;
    this.#counted = this.#left.length;
    return gone;
  }

  /** Runs `next` once the last chunk is written, to keep the order within a call. */
  after(next: () => void): void {
    (this.#waiting ??= []).push(next);
  }

  /** Writes the fields of the next CHUNK frame; an empty one, which takes the body back, if it was abandoned. */
  writeChunk(writer: FrameWriter): void {
    const chunk = this.#left.subarray(0, CHUNK_SIZE);
    this.#left = this.#left.subarray(CHUNK_SIZE);
    writer.varint(this.number);
    writer.restBytes(chunk);
    if (this.#left.length === 0) this.#done = true;
  }

  /** Tells those who wait; after the frame with the last chunk is complete. */
  finish(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    for (const next of waiting ?? []) next();
  }

  /** Sends no more of it; who waits for it is forgotten. */
  abandon(): void {
    this.#left = this.#left.subarray(0, 0);
    this.#waiting = undefined;
  }
}
