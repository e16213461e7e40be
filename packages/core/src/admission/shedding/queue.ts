import { callerOf, type AdmittedRun } from '../admitted-run.js';
import { StartInterval } from './start-interval.js';

/** The runs that wait, first come first served, and what a new one has to expect. */
export class Queue {
  readonly #bound: number;
  readonly #maxDelay: number;
  readonly #ofCaller = new Map<string, number>();
  readonly #interval = new StartInterval();
  #first: AdmittedRun | undefined;
  #last: AdmittedRun | undefined;
  #length = 0;

  /**
   * @param bound how many may wait
   * @param maxDelay for how many milliseconds
   */
  constructor(bound: number, maxDelay: number) {
    this.#bound = bound;
    this.#maxDelay = maxDelay;
  }

  get first(): AdmittedRun | undefined {
    return this.#first;
  }

  get length(): number {
    return this.#length;
  }

  get full(): boolean {
    return this.#length >= this.#bound;
  }

  /** How many callers have requests that wait. */
  get callers(): number {
    return this.#ofCaller.size;
  }

  /** How many may wait if none is to wait for too long, as far as that is known. */
  get room(): number {
    const { ms } = this.#interval;
    return ms === undefined ? this.#bound : Math.min(this.#bound, Math.ceil(this.#maxDelay / ms));
  }

  waitingOf(caller: string): number {
    return this.#ofCaller.get(caller) ?? 0;
  }

  /** The milliseconds in which `count` of those that wait will have begun; 0 while that is not known. */
  timeOf(count: number): number {
    return count * (this.#interval.ms ?? 0);
  }

  /** The milliseconds that one more would have to wait, as far as is known: no less than since when none has begun. */
  delay(now: number): number {
    return this.#length === 0 ? 0 : Math.max(this.timeOf(this.#length), this.#interval.since(now));
  }

  /** The milliseconds for which the first has waited. */
  age(now: number): number {
    return this.#first ? now - this.#first.context.arrivedAt : 0;
  }

  push(run: AdmittedRun): void {
    if (this.#length === 0) this.#interval.begin(run.context.arrivedAt);
    run.queued = true;
    run.previous = this.#last;
    if (this.#last) this.#last.following = run;
    else this.#first = run;
    this.#last = run;
    this.#length++;
    const caller = callerOf(run);
    this.#ofCaller.set(caller, this.waitingOf(caller) + 1);
  }

  /** Takes out the first, which begins now. */
  start(run: AdmittedRun, now: number): void {
    this.remove(run);
    this.#interval.started(now);
  }

  remove(run: AdmittedRun): void {
    run.queued = false;
    if (run.previous) run.previous.following = run.following;
    else this.#first = run.following;
    if (run.following) run.following.previous = run.previous;
    else this.#last = run.previous;
    run.previous = undefined;
    run.following = undefined;
    this.#length--;
    const caller = callerOf(run);
    const left = this.waitingOf(caller) - 1;
    if (left > 0) this.#ofCaller.set(caller, left);
    else this.#ofCaller.delete(caller);
  }
}
