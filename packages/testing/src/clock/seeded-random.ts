import type { Random } from '@rookery/core';

/**
 * The same numbers for the same seed, on every machine: Mulberry32, whose state is 32 bits.
 *
 * @see https://gist.github.com/tommyettinger/46a874533244883189143505d203312c
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  return {
    next,
    token: (length) => Array.from({ length }, () => Math.floor(next() * 36).toString(36)).join(''),
  };
}
