import { currentContext } from '@rookery/core';
import { expect, test } from 'vitest';
import { leapingClock, looped } from './loopback.js';

/** Milliseconds. */
const timeout = 1_000;

test('a stream that has begun in time may call out for as long as it lives', async () => {
  const clock = leapingClock();
  const { server, client } = looped({ clock });
  const begun = Promise.withResolvers<void>();
  server.handle('one', () => 1);
  server.handle('counts', async function* () {
    yield await client.request('one');
    await begun.promise;
    clock.leap(2 * timeout);
    yield await client.request('one');
  });
  await server.start();
  const values: unknown[] = [];
  for await (const value of client.stream('counts', undefined, { timeout })) {
    values.push(value);
    begun.resolve();
  }
  expect(values).toEqual([1, 1]);
});

test('what a handler has begun and left running is not bound by the deadline of the answered request', async () => {
  const clock = leapingClock();
  const { server, client } = looped({ clock });
  const answered = Promise.withResolvers<void>();
  let later: Promise<unknown> | undefined;
  server.handle('one', () => 1);
  server.handle('begins', () => {
    later = answered.promise.then(() => client.request('one'));
    return currentContext()?.remaining;
  });
  await server.start();
  expect(await client.request('begins', undefined, { timeout })).toBeLessThanOrEqual(timeout);
  clock.leap(2 * timeout);
  answered.resolve();
  expect(await later).toBe(1);
});
