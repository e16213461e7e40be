import type { Deadlines } from '@rookery/core';
import type { Pending } from './pending.js';

/**
 * Writes the record of a pending event to where it waits for its time, with how often it was tried. Resolves with whether
 * that worked.
 */
export type Park = (pending: Pending, wait: number) => Promise<boolean>;

/** What is to be tried later: a short time it waits in memory, a long one it is written down. */
export class Waiting {
  readonly #deadlines: Deadlines;
  readonly #hold: number;
  readonly #park: Park | undefined;
  #writing = 0;
  #quiet: (() => void) | undefined;

  /**
   * @param hold milliseconds; what waits less is held in memory
   * @param park left out: everything is held in memory
   */
  constructor(deadlines: Deadlines, hold: number, park?: Park) {
    this.#deadlines = deadlines;
    this.#hold = hold;
    this.#park = park;
  }

  /** Has it delivered in `wait` milliseconds. */
  until(pending: Pending, wait: number): void {
    if (wait <= 0) pending.expire();
    else if (pending.entry.log.closed) return;
    else if (wait < this.#hold || !this.#park || pending.entry.log.keepsWaiting)
      this.#deadlines.arm(pending, wait);
    else void this.#write(pending, wait, this.#park);
  }

  /** Resolves when nothing is being written. */
  async written(): Promise<void> {
    if (this.#writing > 0) await new Promise<void>((resolve) => (this.#quiet = resolve));
  }

  async #write(pending: Pending, wait: number, park: Park): Promise<void> {
    this.#writing++;
    if (await park(pending, wait)) pending.settled();
    else if (!pending.entry.log.closed) this.#deadlines.arm(pending, wait);
    if (--this.#writing === 0) this.#quiet?.();
  }
}
