import assert from 'node:assert/strict';

interface Row {
  readonly fencingToken: number;
  readonly by: string;
}

/** A store as docs/ordering.md advises: each write says its fencing token, and one that is older than the row's is refused. */
export class FencedStore {
  readonly #rows = new Map<string, Row>();
  /** Of each key, whose writes were taken under which token, in their order; one of a kind is there once. */
  readonly #owners = new Map<string, Row[]>();
  readonly #refused: Row[] = [];

  /** Whether it was taken. */
  write(key: string, fencingToken: number | undefined, by: string): boolean {
    assert.ok(Number.isSafeInteger(fencingToken), `the fencing token of ${key} is ${fencingToken}`);
    const row = { fencingToken: fencingToken as number, by };
    const known = this.#rows.get(key);
    if (known && known.fencingToken > row.fencingToken) {
      this.#refused.push(row);
      return false;
    }
    this.#rows.set(key, row);
    const owners = this.#owners.get(key) ?? [];
    if (owners.at(-1)?.by !== by) owners.push(row);
    this.#owners.set(key, owners);
    return true;
  }

  /** By whom the writes of a key were taken, one after another. */
  ownersOf(key: string): string[] {
    return (this.#owners.get(key) ?? []).map(({ by }) => by);
  }

  /** How many writes by this one were refused. */
  refused(by: string): number {
    return this.#refused.filter((row) => row.by === by).length;
  }

  /** @throws AssertionError unless each owner had a larger token than the one before */
  assertRising(): void {
    for (const [key, owners] of this.#owners) {
      const tokens = owners.map(({ fencingToken }) => fencingToken);
      assert.deepEqual(
        tokens,
        [...new Set(tokens)].sort((a, b) => a - b),
        key,
      );
    }
  }
}
