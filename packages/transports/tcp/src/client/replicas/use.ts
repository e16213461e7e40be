import type { Clock, Timer } from '@rookery/core';

/**
 * Whether a service is used: from the first call or event to the end of the first interval in which none was sent and
 * after which none is under way. When it is not used there is no timer.
 */
export class Use {
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #busy: () => boolean;
  readonly #look: () => void;
  #touched = false;
  #timer: Timer | undefined;

  /**
   * @param interval milliseconds
   * @param busy whether anything is under way
   * @param look called when the use begins, and at each interval as long as it goes on
   */
  constructor(clock: Clock, interval: number, busy: () => boolean, look: () => void) {
    this.#clock = clock;
    this.#interval = interval;
    this.#busy = busy;
    this.#look = look;
  }

  get active(): boolean {
    return this.#timer !== undefined;
  }

  /** Something is sent. */
  touch(): void {
    this.#touched = true;
    if (!this.#timer) this.#begin();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #begin(): void {
    this.#timer = this.#clock.after(this.#interval, () => {
      this.#timer = undefined;
      if (this.#touched || this.#busy()) this.#begin();
    });
    this.#touched = false;
    this.#look();
  }
}
