import { SlidingWindow } from '../sliding-window.js';

/** Milliseconds over which calls and retries are counted. */
const WINDOW = 10_000;

const CALL = 0;
const RETRY = 1;

/**
 * How many retries a target gets: a share of its recent calls, and some a second besides.
 *
 * @see https://finagle.github.io/blog/2016/02/08/retry-budgets/
 */
export class RetryBudget {
  readonly #window = new SlidingWindow(WINDOW, 2);
  readonly #share: number;
  readonly #reserve: number;

  constructor(share: number, minPerSecond: number) {
    this.#share = share;
    this.#reserve = (minPerSecond * WINDOW) / 1_000;
  }

  called(now: number): void {
    this.#window.add(CALL, now);
  }

  /** Takes one retry out of the budget; `false` when it is used up. */
  take(now: number): boolean {
    const allowed = this.#share * this.#window.total(CALL, now) + this.#reserve;
    if (this.#window.total(RETRY, now) + 1 > allowed) return false;
    this.#window.add(RETRY, now);
    return true;
  }
}
