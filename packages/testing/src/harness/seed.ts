/** A seed, and which of its decisions count; all when `only` is left out. */
export interface Seed {
  readonly number: number;
  readonly only: ReadonlySet<number> | undefined;
}

/**
 * Reads `1234`, or `1234/5,7`: the seed 1234, of whose decisions only numbers 5 and 7 count.
 *
 * @throws RangeError
 */
export function parseSeed(seed: number | string): Seed {
  const parts = /^(\d+)(?:\/((?:\d+(?:,\d+)*)?))?$/.exec(String(seed));
  if (!parts) throw new RangeError(`the seed is "${seed}"; it has to be like 1234 or 1234/5,7`);
  const [, number = '', only] = parts;
  const numbers = only === undefined ? undefined : only.split(',').filter(Boolean).map(Number);
  return { number: Number(number), only: numbers && new Set(numbers) };
}
