const BUCKETS = 10;

/** Counts of the recent past, forgotten a tenth of the window at a time. Reading and adding cost no allocation. */
export class SlidingWindow {
  readonly #width: number;
  readonly #kinds: number;
  readonly #buckets: Float64Array;
  readonly #totals: Float64Array;
  #bucket = 0;
  #until = -Infinity;

  /**
   * @param length milliseconds that are remembered
   * @param kinds how many different things are counted
   */
  constructor(length: number, kinds: number) {
    this.#width = length / BUCKETS;
    this.#kinds = kinds;
    this.#buckets = new Float64Array(BUCKETS * kinds);
    this.#totals = new Float64Array(kinds);
  }

  /** @param now monotonic milliseconds, never less than before */
  add(kind: number, now: number): void {
    if (now >= this.#until) this.#roll(now);
    const index = this.#bucket * this.#kinds + kind;
    this.#buckets[index] = (this.#buckets[index] ?? 0) + 1;
    this.#totals[kind] = (this.#totals[kind] ?? 0) + 1;
  }

  /** How many there were within the window. */
  total(kind: number, now: number): number {
    if (now >= this.#until) this.#roll(now);
    return this.#totals[kind] ?? 0;
  }

  clear(): void {
    this.#buckets.fill(0);
    this.#totals.fill(0);
  }

  #roll(now: number): void {
    const steps = Math.floor((now - this.#until) / this.#width) + 1;
    if (!(steps < BUCKETS)) {
      this.clear();
      this.#until = now + this.#width;
      return;
    }
    for (let step = 0; step < steps; step++) {
      this.#bucket = (this.#bucket + 1) % BUCKETS;
      for (let kind = 0; kind < this.#kinds; kind++) {
        const index = this.#bucket * this.#kinds + kind;
        this.#totals[kind] = (this.#totals[kind] ?? 0) - (this.#buckets[index] ?? 0);
        this.#buckets[index] = 0;
      }
    }
    this.#until += steps * this.#width;
  }
}
