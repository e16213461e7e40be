const NOTHING = Buffer.alloc(0);

/** Bytes before the fields of a frame: its length (4) and type (1). */
const FRAME_HEAD = 5;

/** The most bytes that a number takes. */
export const VARINT_BOUND = 8;

/** The most bytes that {@link FrameWriter.text} takes for `text`. */
export function textBound(text: string): number {
  return 5 + text.length * 3;
}

/**
 * Writes frames one after another into a buffer that somebody else owns. The room for a frame is asked for once, at its
 * begin, by an upper bound; the fields are then written without a check each.
 */
export class FrameWriter {
  #buffer: Buffer = NOTHING;
  #at = 0;
  #start = 0;
  readonly #makeRoom: (bytes: number) => Buffer;

  /** @param makeRoom takes the frames written so far and gives an empty buffer of at least `bytes` */
  constructor(makeRoom: (bytes: number) => Buffer) {
    this.#makeRoom = makeRoom;
  }

  /** Where the frames end in the buffer. */
  get length(): number {
    return this.#at;
  }

  /** The bytes of the frame that is being written, so far, without the four that say its length. */
  get frameLength(): number {
    return this.#at - this.#start - 4;
  }

  /** Hands over the buffer with the frames written so far, and has none. */
  release(): Buffer {
    const buffer = this.#buffer;
    this.#buffer = NOTHING;
    this.#at = 0;
    return buffer;
  }

  /** @param bound at least as many bytes as all fields together will take */
  begin(type: number, bound: number): this {
    const bytes = FRAME_HEAD + bound;
    if (this.#buffer.length - this.#at < bytes) {
      this.#buffer = this.#makeRoom(bytes);
      this.#at = 0;
    }
    this.#start = this.#at;
    this.#buffer[this.#at + 4] = type;
    this.#at += FRAME_HEAD;
    return this;
  }

  /** Completes the frame. */
  end(): void {
    const length = this.frameLength;
    const buffer = this.#buffer;
    const at = this.#start;
    buffer[at] = length >>> 24;
    buffer[at + 1] = length >>> 16;
    buffer[at + 2] = length >>> 8;
    buffer[at + 3] = length;
  }

  /** Forgets the frame that was begun. */
  undo(): void {
    this.#at = this.#start;
  }

  byte(value: number): void {
    this.#buffer[this.#at++] = value;
  }

  /** @param value an integer from 0 to 2^53 - 1 */
  varint(value: number): void {
    const buffer = this.#buffer;
    let at = this.#at;
    while (value > 0x7fffffff) {
      buffer[at++] = (value % 0x80) | 0x80;
      value = Math.floor(value / 0x80);
    }
    while (value > 0x7f) {
      buffer[at++] = (value & 0x7f) | 0x80;
      value >>>= 7;
    }
    buffer[at++] = value;
    this.#at = at;
  }

  float(value: number): void {
    this.#at = this.#buffer.writeDoubleBE(value, this.#at);
  }

  text(value: string): void {
    if (value.length <= 42) {
      // at most 126 bytes, so that the length, written last, takes one
      const bytes = value.length === 0 ? 0 : this.#buffer.write(value, this.#at + 1);
      this.#buffer[this.#at] = bytes;
      this.#at += 1 + bytes;
      return;
    }
    this.varint(Buffer.byteLength(value));
    this.#at += this.#buffer.write(value, this.#at);
  }

  /** Text without its length: the rest of the frame. */
  restText(value: string): void {
    if (value.length > 0) this.#at += this.#buffer.write(value, this.#at);
  }

  restBytes(value: Uint8Array): void {
    this.#buffer.set(value, this.#at);
    this.#at += value.byteLength;
  }
}
