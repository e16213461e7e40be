import type { Clock, Timer } from '../clock/clock.js';
import type { ReplayOutcome } from './replay-options.js';

/** What a run needs. */
export interface ReplayRunScope {
  readonly clock: Clock;
  readonly rate: number;
  readonly concurrency: number;
  /** The ids of the letters, as they are asked for. */
  readonly ids: AsyncIterable<string>;
  /** Replays one; does not reject. */
  replay(id: string): Promise<ReplayOutcome>;
  /** Called once, when no further one will begin. */
  ended(run: ReplayRun): void;
}

/** So many outcomes wait for whoever pulls before no further letter is begun. */
const MOST_UNREAD = 1_000;

/**
 * Replays letters one after the other, some at once and so many in a second, and gives the outcome of each as it is known.
 * It begins with the first pull. Whoever leaves the loop has no further one begun; those under way go on.
 */
export class ReplayRun implements AsyncIterableIterator<ReplayOutcome, undefined> {
  readonly #scope: ReplayRunScope;
  readonly #outcomes: ReplayOutcome[] = [];
  readonly #waiting: PromiseWithResolvers<IteratorResult<ReplayOutcome, undefined>>[] = [];
  #phase: 'new' | 'running' | 'stopped' | 'done' = 'new';
  #failure: { readonly error: unknown } | undefined;
  #underWay = 0;
  /** When the next one may begin, by the monotonic clock. */
  #due = -Infinity;
  #timer: Timer | undefined;
  /** Goes on when there may be a place and it may be time. */
  #resume: (() => void) | undefined;

  constructor(scope: ReplayRunScope) {
    this.#scope = scope;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<ReplayOutcome, undefined>> {
    if (this.#phase === 'new') {
      this.#phase = 'running';
      void this.#run();
    }
    const value = this.#outcomes.shift();
    if (value) {
      this.#goOn();
      return { value, done: false };
    }
    if (this.#failure) throw this.#failure.error;
    if (this.#phase === 'done') return { value: undefined, done: true };
    const waiting = Promise.withResolvers<IteratorResult<ReplayOutcome, undefined>>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  async return(): Promise<IteratorResult<ReplayOutcome, undefined>> {
    this.stop();
    this.#finish();
    this.#outcomes.length = 0;
    return { value: undefined, done: true };
  }

  /** Begins no further one; it ends when those under way have. */
  stop(): void {
    if (this.#phase === 'done') return;
    if (this.#phase === 'new') this.#finish();
    else this.#phase = 'stopped';
    this.#goOn();
  }

  async #run(): Promise<void> {
    try {
      for await (const id of this.#scope.ids) {
        while (this.#phase === 'running' && !this.#mayBegin()) await this.#turn();
        if (this.#phase !== 'running') break;
        this.#begin(id);
      }
    } catch (error) {
      this.#failure = { error };
    }
    while (this.#underWay > 0 && this.#phase !== 'done') await this.#turn();
    this.#finish();
  }

  #mayBegin(): boolean {
    const { clock, concurrency } = this.#scope;
    return this.#underWay < concurrency && this.#outcomes.length < MOST_UNREAD && clock.now() >= this.#due;
  }

  /** Resolves when something has changed. */
  #turn(): Promise<void> {
    const { clock, concurrency } = this.#scope;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#resume = resolve;
    const wait = this.#due - clock.now();
    if (this.#phase === 'running' && this.#underWay < concurrency && wait > 0)
      this.#timer = clock.after(wait, () => this.#goOn());
    return promise;
  }

  #goOn(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#resume?.();
    this.#resume = undefined;
  }

  #begin(id: string): void {
    const { clock, rate } = this.#scope;
    const now = clock.now();
    const interval = 1_000 / rate;
    // From when it was due, so that a late timer does not lower the rate; but what was not used is not made up for.
    this.#due = (now - this.#due < interval ? this.#due : now) + interval;
    this.#underWay++;
    void this.#scope.replay(id).then((outcome) => {
      this.#underWay--;
      this.#tell(outcome);
      this.#goOn();
    });
  }

  #tell(outcome: ReplayOutcome): void {
    if (this.#phase === 'done') return;
    const waiting = this.#waiting.shift();
    if (waiting) waiting.resolve({ value: outcome, done: false });
    else this.#outcomes.push(outcome);
  }

  #finish(): void {
    if (this.#phase !== 'done') this.#scope.ended(this);
    this.#phase = 'done';
    for (const waiting of this.#waiting.splice(0)) {
      if (this.#failure) waiting.reject(this.#failure.error);
      else waiting.resolve({ value: undefined, done: true });
    }
  }
}
