import { seededRandom } from '@rookery/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_RETRIES, delayAfter } from '../src/recoverability/retry-schedule.js';

const schedule = fc.record({
  attempts: fc.oneof(fc.integer({ min: 1, max: 2_000 }), fc.constant(Infinity)),
  firstDelay: fc.integer({ min: 0, max: 10_000 }),
  factor: fc.double({ min: 1, max: 10, noNaN: true }),
  maxDelay: fc.integer({ min: 0, max: 100_000 }),
});

test('a wait is between half and the whole of the scheduled one, never above maxDelay', () => {
  fc.assert(
    fc.property(schedule, fc.integer({ min: 1, max: 2_000 }), fc.nat(), (schedule, attempt, seed) => {
      const delay = delayAfter(attempt, schedule, seededRandom(seed));
      if (attempt >= schedule.attempts) {
        expect(delay).toBeUndefined();
        return;
      }
      let scheduled = schedule.firstDelay;
      for (let wait = 1; wait < attempt && scheduled < schedule.maxDelay; wait++)
        scheduled *= schedule.factor;
      scheduled = Math.min(scheduled, schedule.maxDelay);
      expect(delay).toBeGreaterThanOrEqual((scheduled / 2) * 0.999_999);
      expect(delay).toBeLessThanOrEqual(scheduled * 1.000_001);
    }),
    { numRuns: 1_000 },
  );
});

test('by default five tries, after about 0.1, 0.4, 1.6 and 6.4 seconds', () => {
  const most = { ...seededRandom(1), next: () => 1 };
  const delays = [1, 2, 3, 4, 5].map((attempt) => delayAfter(attempt, DEFAULT_RETRIES, most));
  expect(delays).toEqual([100, 400, 1_600, 6_400, undefined]);
  const least = { ...most, next: () => 0 };
  expect(delayAfter(1, DEFAULT_RETRIES, least)).toBe(50);
});

test('one attempt means no retry', () => {
  expect(delayAfter(1, { ...DEFAULT_RETRIES, attempts: 1 }, seededRandom(1))).toBeUndefined();
});

test('messages that failed together do not come back together', () => {
  const random = seededRandom(7);
  const delays = Array.from({ length: 100 }, () => delayAfter(3, DEFAULT_RETRIES, random));
  expect(new Set(delays).size).toBe(100);
});
