import { bytesOf, encodeFailure, QueueFull, Unavailable, type Body, type UploadDemand } from '@rookery/core';
import type { BodyBounds } from '../connection/body-bounds.js';
import type { Outgoing } from '../connection/outgoing.js';
import { FrameType } from '../frames/frame-type.js';
import { VARINT_BOUND } from '../frames/frame-writer.js';
import { malformed } from '../frames/protocol.js';

/** The call that has the upload. */
export interface UploadOwner {
  readonly number: number;
  readonly ended: boolean;
  interrupt(failure: string): void;
}

/** The items of one request on the serving side: asks for them, and counts those that nobody has read yet. */
export class ServedUpload implements UploadDemand {
  readonly #call: UploadOwner;
  readonly #outgoing: Outgoing;
  readonly #bounds: BodyBounds | undefined;
  #allowed = 0;
  #asked = false;
  #stopped = false;
  /** Bytes that arrived and were not given back as credit. */
  #held = 0;

  constructor(call: UploadOwner, outgoing: Outgoing, bounds: BodyBounds | undefined) {
    this.#call = call;
    this.#outgoing = outgoing;
    this.#bounds = bounds;
  }

  credit(count: number, bytes: number): void {
    if (this.#call.ended) return;
    if (this.#asked) this.#release(bytes);
    this.#asked = true;
    this.#allowed += count;
    const writer = this.#outgoing.begin(FrameType.demand, 3 * VARINT_BOUND);
    writer.varint(this.#call.number);
    writer.varint(count);
    writer.varint(bytes);
    writer.end();
  }

  stop(): void {
    if (this.#call.ended) return;
    this.#stopped = true;
    this.#release(this.#held);
    const writer = this.#outgoing.begin(FrameType.enough, VARINT_BOUND);
    writer.varint(this.#call.number);
    writer.end();
  }

  /**
   * An item has come. Gives whether it is wanted and there is room for it; if there is none, the call has failed.
   *
   * @throws ProtocolViolation when it was not asked for
   */
  arrived(body: Body): boolean {
    if (--this.#allowed < 0) throw malformed(`an ITEM of call ${this.#call.number} without credit`);
    if (this.#stopped) return false;
    const bytes = bytesOf(body);
    const full = this.#bounds?.begin(bytes) ?? this.#bounds?.arrive(bytes);
    if (full) {
      this.#bounds?.end(bytes, 0);
      this.refuse(full);
      return false;
    }
    this.#held += bytes;
    return true;
  }

  /** An item does not fit: ends the call, which was begun. */
  refuse(why: Error): void {
    const message = `an item of the upload was refused, what came before it may have been handled: ${why.message}`;
    const Same = why instanceof Unavailable ? Unavailable : QueueFull;
    this.#call.interrupt(encodeFailure(new Same(message, { recourse: 'unknown' }), false));
  }

  /** Nothing is kept of it any more. */
  close(): void {
    this.#release(this.#held);
  }

  #release(bytes: number): void {
    this.#held -= bytes;
    this.#bounds?.end(bytes, bytes);
  }
}
