/** A power of two. */
const LEAST = 64;

/**
 * What is under way on one connection, calls or deliveries, by their numbers. It grows with them, and stays as large as it
 * ever was.
 *
 * Not a Map, for the reason that `Roster` in core is no Set: see docs/adr/2026-11-21-no-maps-of-calls.md. Open addressing
 * with linear probing, at most half full; what stands behind one that leaves moves up.
 */
export class NumberTable<T extends { readonly number: number }> {
  readonly #seed: number;
  #slots: (T | undefined)[] = slots(LEAST);
  #size = 0;

  /** @param seed 32 bits that the other side cannot know, if it chooses the numbers: else it chooses some that all meet */
  constructor(seed = 0) {
    this.#seed = seed;
  }

  get size(): number {
    return this.#size;
  }

  get(number: number): T | undefined {
    return this.#slots[this.#find(number)];
  }

  /** @param one of which the number is not in the table */
  add(one: T): void {
    this.#size++;
    if (this.#size * 2 > this.#slots.length) this.#grow();
    this.#slots[this.#find(one.number)] = one;
  }

  /** Whether there was one. */
  delete(number: number): boolean {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let free = this.#find(number);
    if (slots[free] === undefined) return false;
    for (let at = (free + 1) & mask, one = slots[at]; one; at = (at + 1) & mask, one = slots[at]) {
      const home = this.#home(one.number);
      if (((at - home) & mask) < ((at - free) & mask)) continue; // it would stand before its home
      slots[free] = one;
      free = at;
    }
    slots[free] = undefined;
    this.#size--;
    return true;
  }

  /** All of them, in the order of their numbers. */
  all(): T[] {
    return this.#slots.filter((one) => one !== undefined).sort((a, b) => a.number - b.number);
  }

  clear(): void {
    this.#slots = slots(LEAST);
    this.#size = 0;
  }

  /** Fibonacci hashing (Knuth, 6.4), with a step of MurmurHash3's finalizer in between, so that the seed matters. */
  #home(number: number): number {
    let hash = Math.imul(number ^ this.#seed, 0x9e3779b1);
    hash ^= hash >>> 15;
    return Math.imul(hash, 0x85ebca6b) >>> Math.clz32(this.#slots.length - 1);
  }

  /** Where it is, or where it would be. */
  #find(number: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let at = this.#home(number);
    for (let one = slots[at]; one && one.number !== number; one = slots[at]) at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = slots(before.length * 2);
    for (const one of before) if (one) this.#slots[this.#find(one.number)] = one;
  }
}

function slots<T>(count: number): (T | undefined)[] {
  return new Array<T | undefined>(count).fill(undefined);
}
