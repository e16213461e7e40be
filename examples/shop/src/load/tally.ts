import type { Answer } from './http-user.js';

/** What became of the requests of one kind. */
export class Tally {
  offered = 0;
  accepted = 0;
  /** Answered with "later" in place of the work: 202, 429, 503. */
  shed = 0;
  /** Anything else, or nothing at all. */
  failed = 0;
  /** From the first request to the last answer. */
  seconds = 0;
  readonly #milliseconds: number[] = [];

  count({ status, milliseconds }: Answer): void {
    if (status === 200 || status === 201) {
      this.accepted++;
      this.#milliseconds.push(milliseconds);
    } else if (status === 202 || status === 429 || status === 503) this.shed++;
    else this.failed++;
  }

  /** Milliseconds within which this share of the accepted was answered; NaN if none was. */
  within(share: number): number {
    const sorted = this.#milliseconds.toSorted((one, other) => one - other);
    return sorted[Math.ceil(sorted.length * share) - 1] ?? NaN;
  }
}
