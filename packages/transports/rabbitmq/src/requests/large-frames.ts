import type { Frame } from '@rookery/core';

/** Bytes from which on a frame may be what a broker does not take. */
const LARGE = 16_384;

/** The broker answers about a message that is too large before it has been sent so many more large ones. */
const MANY = 64;

/** A frame that was sent, and to whom. */
export interface SentFrame {
  readonly type: Frame['type'];
  readonly call: string;
  readonly address: string;
  readonly size: number;
}

/** The last large frames that were sent over a channel: RabbitMQ ends it without saying which of them it did not take. */
export class LargeFrames {
  #sent: SentFrame[] = [];

  sent({ type, call }: Frame, address: string, size: number): void {
    if (size < LARGE) return;
    this.#sent.push({ type, call, address, size }); // not the frame, which has the body
    if (this.#sent.length > MANY) this.#sent.shift();
  }

  /** All of them; they are forgotten. */
  take(): readonly SentFrame[] {
    const sent = this.#sent;
    this.#sent = [];
    return sent;
  }
}
