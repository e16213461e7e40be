import { AsyncLocalStorage } from 'node:async_hooks';
import { systemClock } from '@rookery/core';
import { expect, test } from 'vitest';

const after = (ms: number): Promise<void> => new Promise((resolve) => systemClock.after(ms, resolve));

test('a timer is never early', async () => {
  const late = await Promise.all(
    Array.from({ length: 300 }, async (_, index) => {
      const ms = 5 + index * 0.37;
      const start = systemClock.now();
      await after(ms);
      return systemClock.now() - start - ms;
    }),
  );
  expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
});

test('a wait longer than Node’s timers know is not cut short', async () => {
  let ran = false;
  const timer = systemClock.after(2 ** 31 + 1_000, () => (ran = true));
  await after(20);
  timer.cancel();
  expect(ran).toBe(false);
});

test('what is arranged for later sees nothing of the work that arranged it', async () => {
  const storage = new AsyncLocalStorage<string>();
  const seen = await storage.run('a request', () =>
    Promise.all([
      new Promise((resolve) => systemClock.after(1, () => resolve(storage.getStore()))),
      new Promise((resolve) => systemClock.defer(() => resolve(storage.getStore()))),
    ]),
  );
  expect(seen).toEqual([undefined, undefined]);
});
