import { currentContext } from '@rookery/core';
import { expect, test } from 'vitest';
import { eventually, looped } from './loopback.js';

test('a drain waits for the handler of a caller who has given up', async () => {
  const { server, client } = looped();
  const work = Promise.withResolvers<void>();
  const cancelled = Promise.withResolvers<void>();
  server.handle('slow', async () => {
    currentContext()?.signal.addEventListener('abort', () => cancelled.resolve());
    await work.promise;
  });
  await server.start();
  await expect(client.request('slow', 0, { timeout: 10 })).rejects.toMatchObject({
    code: 'DEADLINE_EXCEEDED',
  });
  await cancelled.promise;
  expect(server.inFlight).toBe(1);
  let drained = false;
  const draining = server.drain().then(() => (drained = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(drained).toBe(false);
  work.resolve();
  await draining;
  expect(server.inFlight).toBe(0);
});

test('the handler of an event that does not finish in time is cancelled, and the event comes again', async () => {
  const { server, client, loop, deadLetters } = looped({
    drainTimeout: 10,
    retries: { attempts: 1, firstDelay: 1, factor: 1, maxDelay: 1 },
  });
  server.on(['stuck'], { endpoint: 'stuck' }, () => {
    const signal = currentContext()?.signal;
    return new Promise((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error));
    });
  });
  await server.start();
  await client.publish('stuck', 0);
  await eventually(() => expect(server.inFlight).toBe(1));
  await server.drain();
  await eventually(() => expect(server.inFlight).toBe(0));
  expect(loop.settlements).toEqual([]);
  expect(await deadLetters.list()).toEqual([]);
});
