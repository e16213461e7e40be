import type { Random } from '@rookery/core';
import type { Settings } from '../options.js';

/** Milliseconds before try `failures` + 1: random, below a bound that doubles from the first to the longest. */
export function backoff({ first, longest }: Settings['reconnect'], failures: number, random: Random): number {
  return Math.min(longest, first * 2 ** Math.min(failures - 1, 20)) * (0.5 + random.next() / 2);
}
