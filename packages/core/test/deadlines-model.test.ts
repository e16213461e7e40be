import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Deadlines } from '../src/clock/deadlines.js';
import { Alarm } from './alarm.js';
import { SteppedClock } from './stepped-clock.js';

const ms = fc.oneof(
  fc.integer({ min: 0, max: 60 }),
  fc.double({ min: 0, max: 12_000, noNaN: true }),
  fc.constantFrom(5_120, 10_240),
);

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('arm'), alarm: fc.nat(49), ms }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('disarm'), alarm: fc.nat(49), ms: fc.constant(0) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('advance'), alarm: fc.constant(0), ms }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stall'), alarm: fc.constant(0), ms }) },
);

/** The times of what is armed, in a plain map; and what an expiry must look like. */
class Model {
  readonly due = new Map<number, number>();
  /** When the process last stood still, and until when: what was due in between is late by that. */
  stalledTo = 0;

  expired(alarm: number, now: number): void {
    const due = this.due.get(alarm);
    expect(due, `${alarm} is not armed`).toBeDefined();
    expect(now).toBeGreaterThanOrEqual(due!);
    expect(now).toBeLessThanOrEqual(Math.max(due!, this.stalledTo) + 10.001);
    this.due.delete(alarm);
  }

  /** Whatever is more than two ticks overdue should have expired. */
  assertNothingForgotten(now: number): void {
    for (const due of this.due.values()) expect(Math.max(due, this.stalledTo) + 10.001).toBeGreaterThan(now);
  }
}

test('thousands of random ones behave as a plain map of times does', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
      const clock = new SteppedClock();
      const deadlines = new Deadlines(clock);
      const model = new Model();
      const alarms = Array.from(
        { length: 50 },
        (_, index) => new Alarm(() => model.expired(index, clock.now())),
      );
      for (const { kind, alarm, ms } of steps) {
        if (kind === 'arm') {
          deadlines.arm(alarms[alarm]!, ms);
          model.due.set(alarm, clock.now() + ms);
        } else if (kind === 'disarm') {
          deadlines.disarm(alarms[alarm]!);
          model.due.delete(alarm);
        } else if (kind === 'stall') {
          clock.stall(ms);
          model.stalledTo = clock.now();
        } else {
          clock.advance(ms);
          model.assertNothingForgotten(clock.now());
        }
        expect(deadlines.size).toBe(model.due.size);
        for (const [index, { armed }] of alarms.entries()) expect(armed).toBe(model.due.has(index));
      }
      clock.advance(13_000);
      expect(model.due.size).toBe(0);
      expect(clock.timers).toBe(0);
    }),
    { numRuns: 100 },
  );
});
