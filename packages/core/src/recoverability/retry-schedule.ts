import type { Random } from '../clock/random.js';

/** When a failed event is delivered again. */
export interface RetrySchedule {
  /** How often it is tried in all; 1 means no retry. */
  readonly attempts: number;
  /** Milliseconds before the second try; each further wait is `factor` times as long. */
  readonly firstDelay: number;
  readonly factor: number;
  /** Milliseconds that no wait exceeds. */
  readonly maxDelay: number;
}

/** Five tries: after about 0.1, 0.4, 1.6 and 6.4 seconds. */
export const DEFAULT_RETRIES: RetrySchedule = { attempts: 5, firstDelay: 100, factor: 4, maxDelay: 30_000 };

/**
 * Milliseconds to wait after failed try number `attempt`, or `undefined` when there is no further try. Between half and
 * the whole of the scheduled wait, so that messages that failed together do not come back together.
 */
export function delayAfter(attempt: number, schedule: RetrySchedule, random: Random): number | undefined {
  if (attempt >= schedule.attempts) return undefined;
  const growth = Math.min(schedule.factor ** (attempt - 1), Number.MAX_VALUE); // 0 times Infinity would be NaN
  const wait = Math.min(schedule.maxDelay, schedule.firstDelay * growth);
  return wait / 2 + (random.next() * wait) / 2;
}
