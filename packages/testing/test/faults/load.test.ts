import { DeadlineExceeded } from '@rookery/core';
import { Load, pause, turn, VirtualClock } from '@rookery/testing';
import { expect, test } from 'vitest';

const OPTIONS = { perSecond: 100, lasting: 1_000, timeout: 200, margin: 50 };

/** Lets the load and its calls run to their end. */
async function settle(load: Load, clock: VirtualClock): Promise<void> {
  let over = false;
  void load.settled().then(() => (over = true));
  while (!over) {
    await clock.advance(2);
    await turn();
  }
}

test('a load calls at its rate for its time, however slow the answers are', async () => {
  const clock = new VirtualClock();
  const load = new Load({ ...OPTIONS, clock }, (index) => pause(index % 10 === 0 ? 150 : 1, clock));
  await settle(load, clock);
  expect(load.report()).toMatchObject({ sent: 100, ok: 100, failed: {}, hung: 0 });
  const began = load.calls.map((call) => call.began);
  expect(began.at(-1)! - began[0]!).toBeGreaterThan(960);
  expect(load.report().worst).toBeGreaterThanOrEqual(150);
});

test('a load counts failures by code, and what has no end in time as hung', async () => {
  const clock = new VirtualClock();
  const load = new Load({ ...OPTIONS, lasting: 100, clock }, async (index) => {
    if (index === 0) throw new DeadlineExceeded('too late');
    if (index === 1) throw new DeadlineExceeded('never sent', { recourse: 'retryable' });
    if (index === 2) throw new RangeError('odd');
    if (index === 3) await pause(260, clock); // late, though it ends
    if (index === 4) await new Promise(() => undefined);
    return index;
  });
  await settle(load, clock);
  expect(load.report()).toMatchObject({
    sent: 10,
    ok: 6,
    failed: { 'DEADLINE_EXCEEDED unknown': 1, 'DEADLINE_EXCEEDED retryable': 1, RangeError: 1 },
    hung: 2,
  });
  expect(load.calls[5]).toMatchObject({ value: 5 });
});

test('a load that is stopped sends nothing more', async () => {
  const clock = new VirtualClock();
  const load: Load = new Load({ ...OPTIONS, clock }, async (index) => {
    if (index === 9) load.stop();
  });
  await settle(load, clock);
  expect(load.report().sent).toBe(10);
});
