import assert from 'node:assert/strict';
import { turn } from '../waiting/eventually.js';

/** The n-th event of a key, counted from 1. */
export interface Numbered {
  readonly key: string;
  readonly n: number;
}

/** What was handled of each key, in which order, and whether two of a key were ever under way at once. */
export class OrderBook {
  readonly #done = new Map<string, number[]>();
  readonly #underWay = new Set<string>();
  readonly #overlaps: string[] = [];

  /** Handles one event, over some turns of the event loop. */
  async handle({ key, n }: Numbered): Promise<void> {
    if (this.#underWay.has(key)) this.#overlaps.push(`${key}, number ${n}`);
    this.#underWay.add(key);
    for (let turns = n % 3; turns > 0; turns--) await turn();
    this.#underWay.delete(key);
    const done = this.#done.get(key);
    if (done) done.push(n);
    else this.#done.set(key, [n]);
  }

  /** @throws AssertionError unless each of the first `count` of each key was handled */
  assertComplete(keys: readonly string[], count: number): void {
    for (const key of keys) {
      const seen = new Set(this.#done.get(key));
      assert.equal(seen.size, count, `${key} has ${seen.size} of ${count}`);
    }
  }

  /** @throws AssertionError unless each was handled once, in order, and none beside another of its key */
  assertOnce(): void {
    for (const [key, done] of this.#done)
      assert.deepEqual(
        done,
        done.map((_, index) => index + 1),
        key,
      );
    assert.deepEqual(this.#overlaps, []);
  }

  /** @throws AssertionError unless what is handled again is what was handled last, in order */
  assertInOrder(): void {
    for (const [key, done] of this.#done) {
      const gaps = done.filter((n, index) => n > 1 + Math.max(0, ...done.slice(0, index)));
      assert.deepEqual(gaps, [], `${key} was handled as ${done.join(', ')}`);
      const leaps = done.filter((n, index) => index > 0 && n > (done[index - 1] ?? 0) + 1);
      assert.deepEqual(leaps, [], `${key} was handled as ${done.join(', ')}`);
    }
  }
}
