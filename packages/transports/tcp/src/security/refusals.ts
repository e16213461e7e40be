import type { Clock, Logger } from '@rookery/core';

/** Milliseconds between two lines of the log. */
const INTERVAL = 10_000;

/** Logs those who were turned away, but no more often than a person wants to read: what is left out is counted. */
export class Refusals {
  readonly #clock: Clock;
  readonly #logger: Logger;
  #next = -Infinity;
  #unsaid = 0;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  say(text: string): void {
    const now = this.#clock.now();
    if (now < this.#next) {
      this.#unsaid++;
      return;
    }
    this.#next = now + INTERVAL;
    const others =
      this.#unsaid === 0 ? '' : ` (and ${this.#unsaid} more were turned away since the last such line)`;
    this.#unsaid = 0;
    this.#logger.warn(text + others);
  }
}
