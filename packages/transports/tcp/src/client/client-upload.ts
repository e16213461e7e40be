import {
  type Body,
  PayloadTooLarge,
  type RookeryError,
  type UploadDemand,
  type UploadItems,
} from '@rookery/core';
import type { LargeBody } from '../connection/large-body.js';
import type { Outgoing } from '../connection/outgoing.js';
import { writeValue } from '../connection/value-writer.js';
import { sizeBeyond } from '../frames/body-flags.js';
import { FrameType } from '../frames/frame-type.js';
import { textBound, VARINT_BOUND } from '../frames/frame-writer.js';

/** The call that has the upload. */
export interface UploadCaller {
  /** Its number on the connection. */
  readonly number: number;
  readonly outgoing: Outgoing | undefined;
  /** Whether it has ended. */
  readonly ended: boolean;
  /** Ends it with `error`, and tells the other side. */
  giveUp(error: RookeryError): void;
}

/** The items of one request on the caller's side: written as the other side asks for them. */
export class ClientUpload implements UploadItems {
  readonly #call: UploadCaller;
  readonly #demand: UploadDemand;
  /** The largest item that the other side takes. */
  maxBody = Infinity;
  /** An item on its way in chunks; what follows waits for it. */
  #large: LargeBody | undefined;
  #held = { count: 0, bytes: 0 };

  constructor(call: UploadCaller, demand: UploadDemand) {
    this.#call = call;
    this.#demand = demand;
  }

  write(body: Body): void {
    const size = sizeBeyond(this.maxBody, body);
    if (size === undefined) this.#write(body, false);
    else
      this.#call.giveUp(
        new PayloadTooLarge(
          `an item of the upload has ${size} bytes; the other side takes at most ${this.maxBody}`,
        ),
      );
  }

  end(): void {
    this.#write(undefined, true);
  }

  fail(failure: string): void {
    const { ended, outgoing, number } = this.#call;
    if (ended || !outgoing) return;
    this.abandon();
    const writer = outgoing.begin(FrameType.broken, VARINT_BOUND + textBound(failure));
    writer.varint(number);
    writer.restText(failure);
    writer.end();
  }

  /** The other side lets so many more come. Nothing more is asked of the source while it is `crowded`, until `flow`. */
  allow(count: number, bytes: number, crowded: boolean): void {
    this.#held = { count: this.#held.count + count, bytes: this.#held.bytes + bytes };
    if (!crowded) this.flow();
  }

  flow(): void {
    const { count, bytes } = this.#held;
    this.#held = { count: 0, bytes: 0 };
    if (!this.#call.ended && count > 0) this.#demand.credit(count, bytes);
  }

  /** The other side wants no more. */
  stop(): void {
    if (!this.#call.ended) this.#demand.stop();
  }

  /** What is on its way in chunks need not go on. */
  abandon(): void {
    this.#large?.abandon();
    this.#large = undefined;
  }

  #write(body: Body, last: boolean): void {
    const { ended, outgoing, number } = this.#call;
    if (ended || !outgoing) return;
    if (this.#large) {
      this.#large.after(() => this.#write(body, last));
      return;
    }
    const large = writeValue(outgoing, FrameType.item, number, body, last);
    this.#large = large;
    large?.after(() => (this.#large = undefined));
  }
}
