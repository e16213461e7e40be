import type { Clock } from '../../clock/clock.js';

/** Milliseconds; what is looked at has to be at least as long, or it says little. */
const LEAST = 25;
/** Milliseconds that a request is thought to take before anything is known. */
const AT_FIRST = 0.1;
/** Milliseconds; what one request is counted with at most, so that a wrong estimate is found out soon. */
const MOST = 100;
/** What a new sample counts for. */
const WEIGHT = 0.5;
/** Milliseconds for which the thread rests until it is believed: what has begun may yet ask for it, after an await. */
const RESTED = 1_000;

/**
 * What a request takes of the thread: the time that the thread has worked, divided by the requests that have ended
 * meanwhile. So it has all that handlers do, before or after an await, and besides what the process does for others.
 * A clock that does not know how long the thread has worked makes it nothing.
 */
export class ThreadTime {
  readonly #clock: Clock;
  #at: number;
  #busy: number | undefined;
  #use = 0;
  #cost = AT_FIRST;
  /** Requests that have ended since the last look. */
  ended = 0;
  /**
   * Milliseconds of the thread that one more is to be counted with: all that it takes when the thread has no rest, nothing
   * when it rests for half of the time.
   */
  load = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#at = clock.now();
    this.#busy = clock.busy?.();
  }

  look(now: number): void {
    const passed = now - this.#at;
    if (this.#busy === undefined || passed < LEAST) return;
    const busy = this.#clock.busy?.() ?? this.#busy;
    const worked = busy - this.#busy;
    const use = worked / passed;
    this.#use += (use - this.#use) * (use > this.#use ? WEIGHT : Math.min(WEIGHT, passed / RESTED));
    if (this.ended > 0) this.#cost += (worked / this.ended - this.#cost) * WEIGHT;
    this.load = Math.min(MOST, this.#cost) * Math.max(0, Math.min(1, 2 * this.#use - 1));
    this.ended = 0;
    this.#busy = busy;
    this.#at = now;
  }
}
