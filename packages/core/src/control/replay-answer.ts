import type { ReplayOutcome } from '../dead-letters/replay-options.js';

/** The first item of the answer to a replay: it has begun. The first outcome may take as long as a handler's retries. */
export interface ReplayBegun {
  readonly begun: true;
}

/** The outcomes of a replay behind {@link ReplayBegun}, so that its caller knows at once that it is under way. */
export class ReplayAnswer implements AsyncIterableIterator<ReplayBegun | ReplayOutcome, undefined> {
  readonly #outcomes: AsyncIterableIterator<ReplayOutcome, undefined>;
  #begun = false;

  constructor(outcomes: AsyncIterableIterator<ReplayOutcome, undefined>) {
    this.#outcomes = outcomes;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<ReplayBegun | ReplayOutcome, undefined>> {
    if (this.#begun) return this.#outcomes.next();
    this.#begun = true;
    return { value: { begun: true }, done: false };
  }

  async return(): Promise<IteratorResult<ReplayBegun, undefined>> {
    await this.#outcomes.return?.();
    return { value: undefined, done: true };
  }
}
