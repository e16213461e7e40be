import type { Clock, Timer } from '@rookery/core';

/** Another clock, of which one can ask how many timers it has running. */
export class ObservedClock implements Clock {
  readonly #clock: Clock;
  readonly #running = new Set<Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many timers are running. */
  get timers(): number {
    return this.#running.size;
  }

  now(): number {
    return this.#clock.now();
  }

  epoch(): number {
    return this.#clock.epoch();
  }

  after(ms: number, run: () => void): Timer {
    const timer = this.#clock.after(ms, () => {
      this.#running.delete(observed);
      run();
    });
    const observed: Timer = {
      cancel: () => {
        this.#running.delete(observed);
        timer.cancel();
      },
    };
    this.#running.add(observed);
    return observed;
  }

  defer(run: () => void): void {
    this.#clock.defer(run);
  }
}
