import { ProtocolViolation } from '@rookery/core';
import { Cursor } from './cursor.js';
import { MAGIC, malformed } from './protocol.js';

/** Takes one frame. The cursor is only good until it returns. */
export type FrameTaker = (type: number, fields: Cursor) => void;

/** Whether TLS begins so: a handshake, or an alert. */
function isTls(byte: number): boolean {
  return byte === 0x16 || byte === 0x15;
}

const LENGTH_BYTES = 4;
/** Kept for the frames that a read cuts in two; most fit. */
const SMALL_PARTIAL = 2048;

/**
 * Cuts what a socket gives into frames, however it was split. Whole frames are read where they are; only a frame that a
 * read cuts is copied, each of its bytes a bounded number of times.
 */
export class FrameReader {
  /** Larger frames are refused by their first four bytes. May change between frames. */
  maxFrame: number;
  readonly #take: FrameTaker;
  readonly #cursor = new Cursor();
  #magic = 0;
  #stopped = false;
  #halted = false;
  /** What was not cut because of a halt. */
  #rest: Buffer | undefined;
  /** The begin of a frame whose rest has not come. */
  #partial: Buffer | undefined;
  #held = 0;
  #cut = 0;
  #copied = 0;

  constructor(maxFrame: number, take: FrameTaker) {
    this.maxFrame = maxFrame;
    this.#take = take;
  }

  /** How many bytes were copied so far, because a frame came in several reads. */
  get copied(): number {
    return this.#copied;
  }

  /** How many bytes of memory are kept for a frame whose rest has not come. */
  get buffered(): number {
    return this.#partial?.length ?? 0;
  }

  /** The number, among those that a read cut, of the frame whose rest has not come; 0 if there is none. */
  get partial(): number {
    return this.#held > 0 ? this.#cut : 0;
  }

  /** No frame is given any more, not even those of the read that is being cut. */
  stop(): void {
    this.#stopped = true;
    this.#partial = undefined;
    this.#rest = undefined;
  }

  /** No frame is given until {@link FrameReader.go}; nothing may be pushed until then. */
  halt(): void {
    this.#halted = true;
  }

  /** @throws as {@link FrameReader.push} */
  go(): void {
    this.#halted = false;
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest) this.push(rest);
  }

  /** @throws ProtocolViolation when the bytes are no frames; nothing more may be pushed then */
  push(chunk: Buffer): void {
    if (this.#stopped) return;
    let at = this.#magic < MAGIC.length ? this.#skipMagic(chunk) : 0;
    if (this.#held > 0) at = this.#complete(chunk, at);
    while (!this.#stopped && !this.#halted && chunk.length - at >= LENGTH_BYTES) {
      const end = at + LENGTH_BYTES + this.#lengthAt(chunk, at);
      if (end > chunk.length) break;
      this.#take(chunk[at + LENGTH_BYTES] as number, this.#cursor.moveTo(chunk, at + LENGTH_BYTES + 1, end));
      at = end;
    }
    if (this.#stopped || at === chunk.length) return;
    if (this.#halted) {
      this.#rest = chunk.subarray(at);
      return;
    }
    if (this.#held === 0) this.#cut++;
    this.#hold(chunk, at, chunk.length);
  }

  #skipMagic(chunk: Buffer): number {
    let at = 0;
    while (at < chunk.length && this.#magic < MAGIC.length) {
      const byte = chunk[at++] as number;
      if (byte !== MAGIC[this.#magic++]) {
        if (this.#magic === 1 && isTls(byte)) {
          throw new ProtocolViolation(
            'the other side speaks TLS, this one does not; give both tls, or neither',
          );
        }
        throw new ProtocolViolation(strangerAt(chunk, at - 1));
      }
    }
    return at;
  }

  /** Adds to the frame that is held as much as it lacks, and gives it if it is whole. */
  #complete(chunk: Buffer, start: number): number {
    let at = start;
    while (at < chunk.length) {
      const needed = this.#needed();
      const end = Math.min(chunk.length, at + needed - this.#held);
      this.#hold(chunk, at, end);
      at = end;
      if (this.#held < LENGTH_BYTES || this.#held < this.#needed()) continue;
      const frame = this.#partial as Buffer;
      const length = this.#held;
      this.#held = 0;
      if (frame.length > SMALL_PARTIAL) this.#partial = undefined;
      this.#take(frame[LENGTH_BYTES] as number, this.#cursor.moveTo(frame, LENGTH_BYTES + 1, length));
      break;
    }
    return at;
  }

  /** How many bytes the held frame has in all, as far as that is known. */
  #needed(): number {
    if (this.#held < LENGTH_BYTES) return LENGTH_BYTES;
    return LENGTH_BYTES + this.#lengthAt(this.#partial as Buffer, 0);
  }

  #hold(chunk: Buffer, start: number, end: number): void {
    const held = this.#held + end - start;
    // Grown by what has come, not by what the length promises: memory is for those who send.
    if (!this.#partial || this.#partial.length < held) {
      const room = this.#held === 0 ? held : Math.min(held * 2, LENGTH_BYTES + this.maxFrame);
      const larger = Buffer.allocUnsafeSlow(Math.max(SMALL_PARTIAL, room));
      if (this.#partial) this.#copied += this.#partial.copy(larger, 0, 0, this.#held);
      this.#partial = larger;
    }
    this.#copied += chunk.copy(this.#partial, this.#held, start, end);
    this.#held = held;
  }

  #lengthAt(buffer: Buffer, at: number): number {
    const length =
      (buffer[at] as number) * 0x1000000 +
      (((buffer[at + 1] as number) << 16) | ((buffer[at + 2] as number) << 8) | (buffer[at + 3] as number));
    if (length === 0) throw malformed('a frame without a type');
    if (length > this.maxFrame) {
      throw new ProtocolViolation(`a frame of ${length} bytes; this side takes at most ${this.maxFrame}`);
    }
    return length;
  }
}

function strangerAt(chunk: Buffer, at: number): string {
  const byte = chunk[at] as number;
  if (at > 0 || byte < 0x30 || byte > 0x39) return 'the other side does not speak the Rookery protocol';
  // The sign at its end has a stock client show the text: to it, what comes before is a length.
  return "the other side speaks stock Nest's wire, which is not served here; serve it with wires: ['rookery', 'nest'] #";
}
