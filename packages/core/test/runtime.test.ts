import { seededRandom, VirtualClock } from '@rookery/testing';
import { expect, test } from 'vitest';
import { systemClock } from '../src/clock/clock.js';
import { Deadlines } from '../src/clock/deadlines.js';
import { currentRuntime, faultPoint, runInRuntime, type Runtime } from '../src/runtime/runtime.js';

function ofTest(fault?: Runtime['fault']): Runtime {
  const clock = new VirtualClock();
  return { clock, random: seededRandom(1), deadlines: new Deadlines(clock), fault };
}

test('outside of any, the runtime is that of the machine, one for all', () => {
  expect(currentRuntime().clock).toBe(systemClock);
  expect(currentRuntime()).toBe(currentRuntime());
});

test('what runs in a lent runtime sees it, over awaits, and nobody else does', async () => {
  const [one, other] = [ofTest(), ofTest()];
  const see = async (): Promise<Runtime> => {
    await Promise.resolve();
    return currentRuntime();
  };
  expect(await Promise.all([runInRuntime(one, see), runInRuntime(other, see), see()])).toEqual([
    one,
    other,
    currentRuntime(),
  ]);
});

test('a fault point holds what runs in a runtime that says so, and costs nothing elsewhere', async () => {
  const points: string[] = [];
  const runtime = ofTest(async (point) => void points.push(point));
  expect(faultPoint('orders.commit')).toBeUndefined();
  expect(runInRuntime(ofTest(), () => faultPoint('orders.commit'))).toBeUndefined();
  await runInRuntime(runtime, () => faultPoint('orders.commit'));
  expect(points).toEqual(['orders.commit']);
});
