import type { Clock } from '@rookery/core';

/** Runs jobs in a later turn than the one they are handed over in, in their order; one deferral for all of a turn. */
export class Turns {
  readonly #clock: Clock;
  #jobs: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  later(job: () => void): void {
    if (this.#jobs.push(job) === 1) this.#clock.defer(this.#run);
  }

  readonly #run = (): void => {
    const jobs = this.#jobs;
    this.#jobs = [];
    let begun = 0;
    try {
      while (begun < jobs.length) jobs[begun++]?.();
    } finally {
      // One that throws (an observer may) is for the process to hear of, and must not cost the others their turn.
      for (const job of jobs.slice(begun)) this.later(job);
    }
  };
}
