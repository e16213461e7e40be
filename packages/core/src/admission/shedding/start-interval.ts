/** So many starts, or milliseconds with one at least, make a sample: places often become free several at once. */
const STARTS = 16;
const MILLISECONDS = 100;
/** What a new sample counts for. */
const WEIGHT = 0.3;

/** How long it takes from one start to the next while requests wait: smoothed, and learned anew in each backlog. */
export class StartInterval {
  #ms: number | undefined;
  #sampleBegan = 0;
  #starts = 0;
  #lastStart = 0;

  /** Milliseconds; `undefined` while nothing is known of this backlog. */
  get ms(): number | undefined {
    return this.#ms;
  }

  /** Milliseconds since the last start, or since the backlog began. */
  since(now: number): number {
    return now - this.#lastStart;
  }

  /** A backlog begins: what was true of the last may not be true of this. */
  begin(now: number): void {
    this.#ms = undefined;
    this.#sampleBegan = now;
    this.#starts = 0;
    this.#lastStart = now;
  }

  started(now: number): void {
    this.#lastStart = now;
    this.#starts++;
    const passed = now - this.#sampleBegan;
    if (this.#starts < STARTS && passed < MILLISECONDS) return;
    const sample = passed / this.#starts;
    this.#ms = this.#ms === undefined ? sample : this.#ms + (sample - this.#ms) * WEIGHT;
    this.#sampleBegan = now;
    this.#starts = 0;
  }
}
