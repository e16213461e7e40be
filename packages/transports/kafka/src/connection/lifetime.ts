import type { Clock } from '@rookery/core';

/** How long something goes on: whoever waits within it waits no longer than until its end. */
export class Lifetime {
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  #ended = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get ended(): boolean {
    return this.#ended;
  }

  end(): void {
    this.#ended = true;
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves after `ms` milliseconds, or at the end. */
  pause(ms: number): Promise<void> {
    const over = Promise.withResolvers<void>();
    const timer = this.#clock.after(ms, over.resolve);
    return this.#until(over).finally(() => timer.cancel());
  }

  /** Resolves with `work`, or at the end with `undefined`. A failure of `work` after the end is nobody's. */
  async within<T>(work: Promise<T>): Promise<T | undefined> {
    const over = Promise.withResolvers<undefined>();
    const wake = (): void => over.resolve(undefined);
    if (this.#ended) wake();
    this.#waiting.add(wake);
    try {
      return await Promise.race([work, over.promise]);
    } finally {
      this.#waiting.delete(wake);
    }
  }

  async #until({ promise, resolve }: PromiseWithResolvers<void>): Promise<void> {
    if (this.#ended) return;
    this.#waiting.add(resolve);
    try {
      await promise;
    } finally {
      this.#waiting.delete(resolve);
    }
  }
}
