/** What may stand in a {@link Roster}. A class has the two fields, so that standing in one costs no allocation. */
export interface Enrolled<T> {
  /** @internal */ earlier: T | undefined;
  /** @internal */ later: T | undefined;
}

/**
 * Those that are under way, in the order in which they came.
 *
 * Not a Set: one through which all calls pass leaves a chain of its former tables behind. As soon as one of them is old, the
 * collector keeps all that come after it, and the calls in them, until its next full run; a client with a thousand calls
 * in flight spent a quarter of its time on that. See docs/adr/2026-11-21-no-maps-of-calls.md.
 */
export class Roster<T extends Enrolled<T>> {
  #first: T | undefined;
  #last: T | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The one that has stood in it the longest. */
  get first(): T | undefined {
    return this.#first;
  }

  /** @param one that is in no roster */
  add(one: T): void {
    one.earlier = this.#last;
    if (this.#last) this.#last.later = one;
    else this.#first = one;
    this.#last = one;
    this.#size++;
  }

  /** @param one that is in this roster, or in none: that is harmless */
  delete(one: T): void {
    const { earlier, later } = one;
    if (!earlier && this.#first !== one) return;
    if (earlier) earlier.later = later;
    else this.#first = later;
    if (later) later.earlier = earlier;
    else this.#last = earlier;
    // What has left must not lead the collector to those that stay.
    one.earlier = undefined;
    one.later = undefined;
    this.#size--;
  }

  /** Those that stand in it now. */
  all(): T[] {
    const all: T[] = [];
    for (let one = this.#first; one; one = one.later) all.push(one);
    return all;
  }
}
