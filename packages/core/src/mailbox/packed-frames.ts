import { bodyBytes } from '../envelope/body-bytes.js';
import type { Frame } from './frame.js';
import { bodyOfFrame, frameIn, frameText } from './frame-text.js';

/** Bytes of what begins a message: when it was sent, in milliseconds since the epoch, as a double. */
const START = 8;

/** Bytes of what begins each frame: the lengths of its text and of its body. */
const LENGTHS = 8;

/** Several frames as one message of a medium that knows bytes only. */
export class PackedFrames {
  readonly #pieces: (string | Buffer)[] = [];
  readonly #lengths: number[] = [];
  #bytes = START;

  /** Bytes of the message. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many frames it has. */
  get count(): number {
    return this.#pieces.length / 2;
  }

  add(frame: Frame): void {
    const text = frameText(frame);
    const body = bodyBytes(bodyOfFrame(frame)) ?? '';
    const lengths = [Buffer.byteLength(text), body.length] as const;
    this.#pieces.push(text, body);
    this.#lengths.push(...lengths);
    this.#bytes += LENGTHS + lengths[0] + lengths[1];
  }

  /** @param sent when that is, in milliseconds since the epoch */
  message(sent: number): Buffer {
    const message = Buffer.allocUnsafe(this.#bytes);
    let at = message.writeDoubleBE(sent, 0);
    for (let index = 0; index < this.#pieces.length; index += 2) {
      at = message.writeUInt32BE(this.#lengths[index] ?? 0, at);
      at = message.writeUInt32BE(this.#lengths[index + 1] ?? 0, at);
      for (const piece of this.#pieces.slice(index, index + 2))
        at += typeof piece === 'string' ? message.write(piece, at) : piece.copy(message, at);
    }
    return message;
  }
}

/**
 * The frames of such a message, as far as it has any: what is no frame, or cut off, is left out.
 *
 * @param now milliseconds since the epoch; the time of a request has run since it was sent
 * @param native what the medium has of the message
 */
export function* unpackFrames(message: Buffer, now: number, native: unknown): Generator<Frame> {
  if (message.length < START) return;
  const elapsed = Math.max(0, now - message.readDoubleBE());
  if (!Number.isFinite(elapsed)) return;
  let at = START;
  while (at + LENGTHS <= message.length) {
    const text = at + LENGTHS;
    const body = text + message.readUInt32BE(at);
    const end = body + message.readUInt32BE(at + 4);
    if (end > message.length) return;
    const frame = frameIn(message.toString('utf8', text, body), message.subarray(body, end), elapsed, native);
    if (frame) yield frame;
    at = end;
  }
}
