import type { Random } from '../clock/random.js';

/** Pauses between tries: random between nothing and a limit that doubles, so that many who wait do not come at once. */
export class Backoff {
  readonly #first: number;
  readonly #longest: number;
  readonly #random: Random;
  #failures = 0;

  /** Milliseconds both. */
  constructor(first: number, longest: number, random: Random) {
    this.#first = first;
    this.#longest = longest;
    this.#random = random;
  }

  /** Milliseconds until the next try, after one more failure. */
  next(): number {
    const limit = Math.min(this.#longest, this.#first * 2 ** this.#failures);
    this.#failures++;
    return limit * this.#random.next();
  }

  reset(): void {
    this.#failures = 0;
  }
}
