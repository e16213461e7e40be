import { HIGH_WATER, LOW_WATER } from './limits.js';

/** Who acts on what waits for the peer to read. */
export interface PressureOwner {
  /** Much waits: nothing should be begun that adds to it. */
  crowded(): void;
  /** Little waits again. */
  eased(): void;
  /** More waits than may; said once until it has eased. */
  overflow(bytes: number): void;
}

/** Watches the bytes that wait for the peer to read, at the cost of some comparisons for each write. */
export class Pressure {
  readonly #limit: number;
  readonly #owner: PressureOwner;
  #crowded = false;
  #full = false;
  #overflowed = false;
  #large = 0;

  /** @param limit bytes that may wait, see `maxBacklog` */
  constructor(limit: number, owner: PressureOwner) {
    this.#limit = limit;
    this.#owner = owner;
  }

  /** Whether much waits. */
  get crowded(): boolean {
    return this.#crowded;
  }

  /** Whether more waits than may. */
  get full(): boolean {
    return this.#full;
  }

  /** Whether so many further bytes of a large body may wait. */
  takes(bytes: number): boolean {
    return this.#large + bytes <= this.#limit;
  }

  /**
   * Either has changed.
   *
   * @param written bytes that were written and the peer's side has not taken
   * @param large bytes of large bodies that were not even written
   */
  changed(written: number, large: number): void {
    this.#large = large;
    this.#full = written > this.#limit;
    if (this.#full && !this.#overflowed) {
      this.#overflowed = true;
      this.#owner.overflow(written);
    }
    if (this.#crowded) {
      if (written >= LOW_WATER || large > this.#limit / 4) return;
      this.#crowded = false;
      this.#overflowed = false;
      this.#owner.eased();
    } else if (written > HIGH_WATER || large > this.#limit / 2) {
      this.#crowded = true;
      this.#owner.crowded();
    }
  }
}
