import { VirtualClock } from '@rookery/testing';
import { expect, test } from 'vitest';
import { Deadlines } from '../src/clock/deadlines.js';
import { Alarm } from './alarm.js';

/** Milliseconds in which the wheel turns once. */
const LAP = 1024 * 5;

function wheel() {
  const clock = new VirtualClock();
  return { clock, deadlines: new Deadlines(clock) };
}

test.each([0, 0.2, 1, 4.9, 5, 7.3, 100, LAP - 1, LAP, LAP + 1, 3 * LAP, 60_000])(
  'what is armed for %s ms expires once, not before, and at most 10 ms later',
  async (ms) => {
    const { clock, deadlines } = wheel();
    await clock.advance(3.7);
    const at: number[] = [];
    deadlines.arm(new Alarm(() => at.push(clock.now() - 3.7)), ms);
    await clock.advance(ms + 2 * LAP);
    expect(at).toHaveLength(1);
    expect(at[0]).toBeGreaterThanOrEqual(ms);
    expect(at[0]).toBeLessThanOrEqual(ms + 10);
  },
);

test('a time that has passed already expires on the next tick, not at once', async () => {
  const { clock, deadlines } = wheel();
  let rung = 0;
  deadlines.arm(new Alarm(() => rung++), -1_000);
  expect(rung).toBe(0);
  await clock.advance(10);
  expect(rung).toBe(1);
});

test('arming again moves the time, later or sooner', async () => {
  const { clock, deadlines } = wheel();
  const at: number[] = [];
  const later = new Alarm(() => at.push(clock.now()));
  const sooner = new Alarm(() => at.push(clock.now()));
  deadlines.arm(later, 50);
  deadlines.arm(sooner, 1_000);
  await clock.advance(40);
  deadlines.arm(later, 200);
  deadlines.arm(sooner, 50);
  expect(deadlines.size).toBe(2);
  await clock.advance(2_000);
  expect(at).toEqual([90, 240]);
});

test('what is disarmed does not expire, and disarming it again is harmless', async () => {
  const { clock, deadlines } = wheel();
  let rung = 0;
  // three in one slot, so that the first, the middle and the last of a list are taken out
  const alarms = Array.from({ length: 3 }, () => new Alarm(() => rung++));
  for (const alarm of alarms) deadlines.arm(alarm, 20);
  for (const alarm of [alarms[1]!, alarms[0]!, alarms[2]!, alarms[1]!]) deadlines.disarm(alarm);
  expect(deadlines.size).toBe(0);
  expect(alarms.some((alarm) => alarm.armed)).toBe(false);
  await clock.advance(LAP);
  expect(rung).toBe(0);
});

test('one that expires may disarm another that is due at the same moment', async () => {
  const { clock, deadlines } = wheel();
  const rung: string[] = [];
  const alarms: Alarm[] = ['a', 'b'].map(
    (name, index) =>
      new Alarm(() => {
        rung.push(name);
        deadlines.disarm(alarms[1 - index]!);
      }),
  );
  for (const alarm of alarms) deadlines.arm(alarm, 20);
  await clock.advance(LAP);
  expect(rung).toHaveLength(1);
  expect(deadlines.size).toBe(0);
});

test('one that expires may move another that is due at the same moment by a whole turn of the wheel', async () => {
  const { clock, deadlines } = wheel();
  const rung: [string, number][] = [];
  const alarms: Alarm[] = ['a', 'b'].map(
    (name, index) =>
      new Alarm(() => {
        rung.push([name, clock.now()]);
        if (rung.length === 1) deadlines.arm(alarms[1 - index]!, LAP);
      }),
  );
  for (const alarm of alarms) deadlines.arm(alarm, 20);
  await clock.advance(2 * LAP);
  expect(rung.map(([, at]) => at)).toEqual([20, 20 + LAP]);
});

test('one that expires may arm itself again', async () => {
  const { clock, deadlines } = wheel();
  const at: number[] = [];
  const alarm: Alarm = new Alarm(() => {
    at.push(clock.now());
    if (at.length < 4) deadlines.arm(alarm, 10);
  });
  deadlines.arm(alarm, 10);
  await clock.advance(1_000);
  expect(at).toEqual([10, 20, 30, 40]);
});

test.each([100, LAP, 10 * LAP])('after a stall of %s ms all that is due expires at once', async (stall) => {
  const { clock, deadlines } = wheel();
  const rung: number[] = [];
  for (let ms = 1; ms <= stall; ms += stall / 50) deadlines.arm(new Alarm(() => rung.push(ms)), ms);
  const armed = deadlines.size;
  deadlines.arm(new Alarm(() => rung.push(Infinity)), stall + 1_000);
  clock.stall(stall);
  await clock.advance(0);
  expect(rung).toHaveLength(armed);
  expect(rung).not.toContain(Infinity);
  await clock.advance(1_010);
  expect(rung.at(-1)).toBe(Infinity);
});

test('with nothing armed there is no timer', async () => {
  const { clock, deadlines } = wheel();
  expect(clock.timers).toBe(0);
  const alarms = Array.from({ length: 100 }, () => new Alarm());
  for (const alarm of alarms) deadlines.arm(alarm, 1_000);
  expect(clock.timers).toBe(1);
  for (const alarm of alarms) deadlines.disarm(alarm);
  await clock.advance(5);
  expect(clock.timers).toBe(0);
  deadlines.arm(alarms[0]!, 7);
  await clock.advance(20);
  expect(clock.timers).toBe(0);
});
