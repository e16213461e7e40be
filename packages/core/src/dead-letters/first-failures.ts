import type { LetterFailure } from './dead-letter.js';

/** Beyond this the oldest is forgotten, and its letter says that it first failed later than it did. */
const MOST = 10_000;

/**
 * Why deliveries that are to come again failed the first time, for the letters that become of some. Nothing is noted of an
 * event that is handled at the first try.
 */
export class FirstFailures {
  readonly #known = new Map<string, LetterFailure>();

  /** Notes a failure, unless an earlier one of that delivery is known. */
  note(messageId: string, endpoint: string, failure: LetterFailure): void {
    const key = keyOf(messageId, endpoint);
    if (this.#known.has(key)) return;
    if (this.#known.size >= MOST) this.#forgetOldest();
    this.#known.set(key, failure);
  }

  of(messageId: string, endpoint: string): LetterFailure | undefined {
    return this.#known.get(keyOf(messageId, endpoint));
  }

  /** The delivery has ended. */
  forget(messageId: string, endpoint: string): void {
    if (this.#known.size > 0) this.#known.delete(keyOf(messageId, endpoint));
  }

  #forgetOldest(): void {
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}

function keyOf(messageId: string, endpoint: string): string {
  return `${messageId}\n${endpoint}`;
}
