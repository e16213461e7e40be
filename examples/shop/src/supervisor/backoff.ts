const FIRST = 500;
const LONGEST = 10_000;

/** Milliseconds that a process must have lived for its end to count as the first again. */
const LONG_ENOUGH = 20_000;

/** How long to wait before a process that ends again and again is started again: 0.5 s, 1 s, 2 s ... 10 s. */
export class Backoff {
  #ends = 0;

  /** Milliseconds to wait now that a process has ended after `lifetime` milliseconds. */
  next(lifetime: number): number {
    if (lifetime >= LONG_ENOUGH) this.#ends = 0;
    return Math.min(LONGEST, FIRST * 2 ** this.#ends++);
  }
}
