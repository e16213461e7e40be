import assert from 'node:assert/strict';

/** Counts values by their JSON. */
export class Tally {
  readonly #counts = new Map<string, number>();

  /** How often anything was added. */
  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  add(value: unknown): void {
    const text = JSON.stringify(value);
    this.#counts.set(text, this.count(value) + 1);
  }

  count(value: unknown): number {
    return this.#counts.get(JSON.stringify(value)) ?? 0;
  }

  /** That these values and no others were added, `times` times each. */
  assertEach(values: readonly unknown[], times: number): void {
    const total = values.length * times;
    assert.ok(this.total === total, `there are ${this.total}, not ${total}`);
    const wanted = values.map((value) => [JSON.stringify(value), times] as const);
    assert.deepEqual([...this.#counts].sort(), [...wanted].sort());
  }
}
