/** The table begins with 2^6 slots. */
const LEAST = 6;
/** 2^32 divided by the golden ratio: numbers that come one after the other are spread evenly (Knuth, 6.4). */
const SPREAD = 0x9e3779b1;

/**
 * The calls under way on one connection, by their numbers. It grows with them, and stays as large as it ever was.
 *
 * Not a Map, for the reason that `Roster` in core is no Set: see docs/adr/2026-11-21-no-maps-of-calls.md. Open addressing
 * with linear probing, at most half full; what stands behind a call that leaves moves up.
 */
export class CallTable<C extends { readonly number: number }> {
  #bits = LEAST;
  #slots: (C | undefined)[] = slots(LEAST);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(number: number): C | undefined {
    return this.#slots[this.#find(number)];
  }

  /** @param call of which the number is not in the table */
  add(call: C): void {
    this.#size++;
    if (this.#size * 2 > this.#slots.length) this.#grow();
    this.#slots[this.#find(call.number)] = call;
  }

  /** Whether there was one. */
  delete(number: number): boolean {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let free = this.#find(number);
    if (slots[free] === undefined) return false;
    for (let at = (free + 1) & mask, call = slots[at]; call; at = (at + 1) & mask, call = slots[at]) {
      const home = this.#home(call.number);
      if (((at - home) & mask) < ((at - free) & mask)) continue; // it would stand before its home
      slots[free] = call;
      free = at;
    }
    slots[free] = undefined;
    this.#size--;
    return true;
  }

  /** All of them, in the order of their numbers. */
  all(): C[] {
    return this.#slots.filter((call) => call !== undefined).sort((a, b) => a.number - b.number);
  }

  clear(): void {
    this.#bits = LEAST;
    this.#slots = slots(LEAST);
    this.#size = 0;
  }

  #home(number: number): number {
    return Math.imul(number, SPREAD) >>> (32 - this.#bits);
  }

  /** The slot of the call, or the one that is free for it. */
  #find(number: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let at = this.#home(number);
    for (let call = slots[at]; call && call.number !== number; call = slots[at]) at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const before = this.#slots;
    this.#bits++;
    this.#slots = slots(this.#bits);
    for (const call of before) if (call) this.#slots[this.#find(call.number)] = call;
  }
}

function slots<C>(bits: number): (C | undefined)[] {
  return new Array<C | undefined>(2 ** bits).fill(undefined);
}
