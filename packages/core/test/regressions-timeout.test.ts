import { Deadlines, Expiring, systemClock } from '@rookery/core';
import { expect, test } from 'vitest';
import { looped } from './loopback.js';

class Entry extends Expiring {
  expire(): void {}
}

test('an endless wait is not on the wheel, however often it is armed', () => {
  const deadlines = new Deadlines(systemClock);
  const entry = new Entry();
  deadlines.arm(entry, 1_000);
  deadlines.arm(entry, Infinity);
  deadlines.arm(entry, Infinity);
  expect([deadlines.size, entry.armed]).toEqual([0, false]);
});

test.each([NaN, Infinity])('a timeout of %s is refused: such a call could hang', async (timeout) => {
  const { server, client } = looped();
  server.handle('one', () => 1);
  await server.start();
  await expect(client.request('one', 0, { timeout })).rejects.toMatchObject({ code: 'CONFIGURATION' });
});

test('a timeout that is over already says so, and blames no other deadline', async () => {
  const { client } = looped();
  await expect(client.request('one', 0, { timeout: 0 })).rejects.toMatchObject({
    code: 'DEADLINE_EXCEEDED',
    recourse: 'retryable',
    message: "no time is left for one on 'looped': its timeout is 0; never sent",
  });
});
