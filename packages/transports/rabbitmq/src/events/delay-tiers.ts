/** Milliseconds that the tiers hold an event: each four times the one before, from 25 ms to 7.3 hours. */
export const TIERS: readonly number[] = Array.from({ length: 11 }, (_, index) => 25 * 4 ** index);

/** A tier may be this much longer than what is left, so that no further one is needed. */
const TOLERANCE = 1.25;

/** Where an event waits next. */
export interface Wait {
  /** Milliseconds that the tier holds it. */
  readonly tier: number;
  /** Milliseconds that it has to wait afterwards. */
  readonly left: number;
}

/**
 * The next tier of an event that has to wait: one that is about as long as the wait, or else the longest that is not longer,
 * and others after it. It never waits less, and at most 25 % or 25 ms more.
 */
export function nextWait(ms: number): Wait {
  const enough = TIERS.find((tier) => tier >= ms);
  if (enough !== undefined && (enough <= ms * TOLERANCE || enough === TIERS[0]))
    return { tier: enough, left: 0 };
  const tier = TIERS.findLast((each) => each < ms) ?? 25;
  return { tier, left: ms - tier };
}
