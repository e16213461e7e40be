import type { Clock, Timer } from '@rookery/core';
import { currentWork } from '../work/work.js';

/** Runs what a clock calls, in the surroundings of a process; not at all when the process is gone. */
export type Surroundings = (run: () => void) => void;

/** The time of one process: that of all, but with the process its timers are gone. */
export class ProcessClock implements Clock {
  readonly #clock: Clock;
  readonly #surroundings: Surroundings;

  constructor(clock: Clock, surroundings: Surroundings) {
    this.#clock = clock;
    this.#surroundings = surroundings;
  }

  now(): number {
    return this.#clock.now();
  }

  epoch(): number {
    return this.#clock.epoch();
  }

  after(ms: number, run: () => void): Timer {
    return this.#clock.after(ms, () => this.#surroundings(run));
  }

  defer(run: () => void): void {
    this.#clock.defer(() => this.#surroundings(run));
  }
}

/** The same, and whoever arranges a timer is known to wait for time. */
export class WatchedClock extends ProcessClock {
  override after(ms: number, run: () => void): Timer {
    const over = currentWork()?.wait();
    const timer = super.after(ms, () => {
      over?.();
      run();
    });
    return {
      cancel() {
        over?.();
        timer.cancel();
      },
    };
  }
}
