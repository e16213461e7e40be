import { malformed } from './protocol.js';

/**
 * Reads the fields of one frame in place. It is used again for the next frame, so nothing may keep it; texts and bytes
 * that it gives are copies.
 *
 * @throws ProtocolViolation from every method when the frame ends too early or a number is out of range
 */
export class Cursor {
  #buffer: Buffer = Buffer.alloc(0);
  #at = 0;
  #end = 0;

  /** Looks at the bytes of `buffer` from `start` up to `end`. */
  moveTo(buffer: Buffer, start: number, end: number): this {
    this.#buffer = buffer;
    this.#at = start;
    this.#end = end;
    return this;
  }

  /** Reads a frame again that was copied. */
  static over(bytes: Uint8Array): Cursor {
    return new Cursor().moveTo(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  byte(): number {
    if (this.#at >= this.#end) throw malformed('a frame ends before its fields do');
    return this.#buffer[this.#at++] as number;
  }

  /** An unsigned LEB128 number of up to 53 bits. */
  varint(): number {
    const first = this.byte();
    return first < 0x80 ? first : this.#longVarint(first);
  }

  #longVarint(first: number): number {
    let value = first & 0x7f;
    let scale = 0x80;
    for (let length = 2; length <= 8; length++) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      scale *= 0x80;
    }
    throw malformed('a number has more than 53 bits');
  }

  /** 64 bits, IEEE 754, big-endian. */
  float(): number {
    const at = this.#take(8);
    return this.#buffer.readDoubleBE(at);
  }

  /** A text with its length in bytes before it. */
  text(): string {
    const length = this.varint();
    const at = this.#take(length);
    return length === 0 ? '' : this.#buffer.toString('utf8', at, at + length);
  }

  /** All that is left, as text. */
  restText(): string {
    const at = this.#at;
    this.#at = this.#end;
    return at === this.#end ? '' : this.#buffer.toString('utf8', at, this.#end);
  }

  /** All that is left, copied: the buffer below belongs to the socket. */
  restBytes(): Uint8Array {
    const at = this.#at;
    this.#at = this.#end;
    return new Uint8Array(this.#buffer.subarray(at, this.#end));
  }

  /** @throws ProtocolViolation when something is left */
  finish(): void {
    if (this.#at !== this.#end) throw malformed('a frame goes on after its fields');
  }

  #take(length: number): number {
    const at = this.#at;
    if (length > this.#end - at) throw malformed('a frame ends before its fields do');
    this.#at = at + length;
    return at;
  }
}
