import { PayloadTooLarge } from '@rookery/core';

/** Bytes of the largest message that the broker takes: what is configured, until the broker has refused a smaller one. */
export class SizeLimit {
  #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** What it is now. */
  get most(): number {
    return this.#most;
  }

  /** Why a body of that many bytes is not sent; `undefined` when it is. */
  refusal(size: number): PayloadTooLarge | undefined {
    if (size <= this.#most) return undefined;
    return new PayloadTooLarge(
      `the body has ${size} bytes, and RabbitMQ takes at most ${this.#most}: send a reference instead, or raise max_message_size ` +
        'of the broker',
    );
  }

  /** Learns from the end of a channel. Whether a message was too large. */
  learn(cause: unknown): boolean {
    const most = sizeTaken(cause);
    if (most === undefined) return false;
    this.#most = Math.min(this.#most, most);
    return true;
  }
}

/** Bytes that the broker says it takes, where it has ended a channel for a message that was larger. */
export function sizeTaken(cause: unknown): number | undefined {
  const message = cause instanceof Error ? cause.message : '';
  const [, most] =
    /message size \d+ is larger than (?:the )?(?:configured )?max size (\d+)/i.exec(message) ?? [];
  return most === undefined ? undefined : Number(most);
}
