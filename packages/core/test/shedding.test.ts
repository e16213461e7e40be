import type { RequestOptions } from '../src/admission/shedding/options.js';
import { systemClock, systemRandom } from '@rookery/core';
import { expect, test } from 'vitest';
import { busyServer } from './busy-server.js';
import { handServer } from './hand-transport.js';

const DONE = [['"done"', 'last']];

test('requests beyond the concurrency wait, and begin in their order', async () => {
  const { ask, started, end, server } = await busyServer({ requests: { concurrency: 2 } });
  const asked = [1, 2, 3, 4].map((n) => ask('work', { body: `${n}` }));
  expect(started()).toEqual([1, 2]);
  expect(server.describe().now).toMatchObject({ inFlight: 4, handling: 2, waiting: 2 });
  await end(1);
  expect(started()).toEqual([1, 2, 3]);
  await end(0);
  await end(2);
  await end(3);
  expect(asked.map(({ heard }) => heard)).toEqual([DONE, DONE, DONE, DONE]);
  expect(server.describe().now).toMatchObject({ inFlight: 0, handling: 0, waiting: 0 });
});

test('events do not count', async () => {
  const { server, transport, ask, started } = await busyServer({ requests: { concurrency: 1 } });
  server.on(['e'], { endpoint: 'e' }, () => new Promise(() => undefined));
  const envelope = { id: 'e1', pattern: 'e' } as never;
  transport.subscriptions[0]!.subscriber({ message: { envelope, body: '1' }, attempt: 1, settle() {} });
  ask('work');
  expect(started()).toHaveLength(1);
});

test('a request that finds the queue full is refused, with what to do', async () => {
  const { ask, server } = await busyServer({ requests: { concurrency: 1, queue: 1 } });
  ask('work');
  ask('work');
  expect(ask('work').heard).toEqual([
    {
      k: 'r',
      code: 'OVERLOADED',
      message:
        "'users' is overloaded: 1 requests wait, as many as may (requests.queue); not started: " +
        'all 1 places (requests.concurrency) are taken; send less, or add replicas',
      recourse: 'retryable',
      retryAfter: 10,
    },
  ]);
  expect(server.describe().now).toMatchObject({ inFlight: 2, shed: 1 });
});

/** One request ends every 10 ms, with as many waiting as `waiting` says. */
async function backlog(waiting: number, requests: RequestOptions = {}) {
  const busy = await busyServer({ requests: { concurrency: 1, ...requests } });
  busy.ask('work');
  for (let n = 0; n < waiting + 16; n++) busy.ask('work', { timeout: 20_000 });
  for (let n = 0; n < 16; n++) {
    await busy.clock.advance(10);
    await busy.end(n);
  }
  return busy;
}

test('a request that would have to wait for more than half of its time is refused at once', async () => {
  const { ask, server } = await backlog(20);
  expect(server.describe().now).toMatchObject({ waiting: 20, queueDelay: 200 });
  expect(ask('work', { timeout: 420 }).heard).toEqual([]);
  expect(ask('work', { timeout: 418 }).heard).toMatchObject([
    {
      code: 'OVERLOADED',
      message:
        "'users' is overloaded: 21 requests wait, it would wait for 210 ms, and may for 209 (half of the time its caller " +
        'has, at most requests.maxQueueDelay); not started: all 1 places (requests.concurrency) are taken; ' +
        'send less, or add replicas',
      retryAfter: 106,
    },
  ]);
});

test('nor for more than maxQueueDelay, however much time its caller has', async () => {
  const { ask } = await backlog(50, { maxQueueDelay: 500 });
  expect(ask('work').heard).toEqual([]);
  expect(ask('work', { timeout: 60_000 }).heard).toMatchObject([{ code: 'OVERLOADED', retryAfter: 260 }]);
});

test('what was learned of one backlog is not held against the next', async () => {
  const { ask, end, server } = await backlog(1);
  await end(16);
  await end(17);
  expect(server.inFlight).toBe(0);
  for (let n = 0; n < 60; n++) expect(ask('work', { timeout: 100 }).heard).toEqual([]);
});

test('a burst is no overload: a prediction counts once the first has waited for a quarter of what it may', async () => {
  const { works, end, ...burst } = await busyServer({ requests: { concurrency: 1, maxQueueDelay: 500 } });
  burst.ask('work');
  for (let n = 0; n < 200; n++) burst.ask('work');
  for (let n = 0; n < 16; n++) {
    await burst.clock.advance(5);
    await end(n);
  }
  expect(works).toHaveLength(17);
  expect(burst.server.describe().now).toMatchObject({ waiting: 184, queueDelay: 920 });
  await burst.clock.advance(20);
  expect(burst.ask('work').heard).toEqual([]); // the first has waited for 100 ms
  await burst.clock.advance(26);
  expect(burst.ask('work').heard).toMatchObject([{ code: 'OVERLOADED' }]);
});

test('a request whose real wait was too long is refused when its turn comes, and one that nobody can begin sooner', async () => {
  const { ask, end, clock, started } = await busyServer({ requests: { concurrency: 1 } });
  ask('work', { body: '1' });
  const stuck = ask('work', { body: '2', timeout: 400 });
  const patient = ask('work', { body: '3', timeout: 900 });
  await clock.advance(240);
  expect(stuck.heard).toEqual([]);
  await clock.advance(60); // a quarter more than the 200 ms that it may wait
  expect(stuck.heard).toMatchObject([
    { code: 'OVERLOADED', message: expect.stringContaining('it has waited for 300 ms') },
  ]);
  clock.stall(300);
  await end(0);
  expect(started()).toEqual([1]);
  expect(patient.heard).toMatchObject([{ code: 'OVERLOADED' }]);
  expect(clock.timers).toBe(0);
});

test('while nothing begins, what comes is refused after as long as it may wait', async () => {
  const { ask, clock } = await busyServer({ requests: { concurrency: 1 } });
  ask('work');
  ask('work', { timeout: 4_000 });
  await clock.advance(400);
  expect(ask('work', { timeout: 700 }).heard).toMatchObject([{ code: 'OVERLOADED' }]);
  expect(ask('work', { timeout: 900 }).heard).toEqual([]);
});

test('a request that is cancelled while it waits is never started', async () => {
  const { ask, end, started, server, clock } = await busyServer({ requests: { concurrency: 1 } });
  ask('work', { body: '1' });
  const { call, heard } = ask('work', { body: '2' });
  ask('work', { body: '3' });
  call.cancel();
  expect(server.describe().now).toMatchObject({ inFlight: 2, waiting: 1 });
  await end(0);
  expect(started()).toEqual([1, 3]);
  await end(1);
  expect([heard, server.inFlight, clock.timers]).toEqual([[], 0, 0]);
});

test('a cancelled handler keeps its place until it has returned', async () => {
  const { ask, end, started } = await busyServer({ requests: { concurrency: 1 } });
  const { call } = ask('work', { body: '1' });
  ask('work', { body: '2' });
  call.cancel();
  expect(started()).toEqual([1]);
  await end(0);
  expect(started()).toEqual([1, 2]);
});

test('a stream has a place until its first value', async () => {
  const { server, ask, clock } = handServer({ requests: { concurrency: 1 } });
  const first = Promise.withResolvers<void>();
  server.handle('stream', async function* () {
    await first.promise;
    yield 1;
    await new Promise(() => undefined);
  });
  await server.start();
  const one = ask('stream', { credit: 5 });
  const two = ask('stream', { credit: 5 });
  await clock.settle();
  expect(server.describe().now).toMatchObject({ handling: 1, waiting: 1 });
  first.resolve();
  await clock.settle();
  expect([one.heard, two.heard]).toEqual([[['1']], [['1']]]);
  expect(server.describe().now).toMatchObject({ inFlight: 2, handling: 0, waiting: 0 });
});

test('a drain waits for those that wait, and what is left after drainTimeout was not started', async () => {
  const { ask, end, server, clock } = await busyServer({ requests: { concurrency: 1 }, drainTimeout: 400 });
  const asked = [1, 2, 3].map((n) => ask('work', { body: `${n}`, timeout: 10_000 }));
  const draining = server.drain();
  await clock.advance(100);
  await end(0);
  await clock.advance(300);
  await draining;
  expect(asked.map(({ heard }) => heard)).toMatchObject([
    DONE,
    [{ code: 'UNAVAILABLE', recourse: 'unknown' }],
    [{ code: 'UNAVAILABLE', recourse: 'retryable', message: expect.stringContaining('not started') }],
  ]);
});

test('a handler that keeps the thread makes the rest of its turn wait for the next', async () => {
  const { server, ask, clock } = handServer();
  let handled = 0;
  server.handle('p', () => {
    clock.stall(25);
    return ++handled;
  });
  await server.start();
  const asked = [1, 2, 3, 4].map(() => ask('p', { timeout: 1_000 }));
  expect(handled).toBe(1);
  expect(server.describe().now).toMatchObject({ waiting: 3 });
  await clock.settle();
  expect(asked.map(({ heard }) => heard)).toEqual([1, 2, 3, 4].map((n) => [[`${n}`, 'last']]));
});

test('what comes while a handler keeps the thread is read before the next begins', async () => {
  const { server, ask } = handServer({ clock: systemClock, random: systemRandom });
  const order: string[] = [];
  server.handle('p', () => {
    const end = performance.now() + 25;
    while (performance.now() < end);
    order.push('handled');
  });
  await server.start();
  ask('p');
  ask('p');
  ask('p');
  const arrives = new Promise<void>((resolve) =>
    setImmediate(() => {
      order.push('read');
      resolve();
    }),
  );
  await arrives;
  await new Promise((resolve) => setImmediate(resolve));
  expect(order.slice(0, 3)).toEqual(['handled', 'read', 'handled']);
});

test('quick requests begin at once, in their own turn', async () => {
  const { server, ask } = handServer();
  server.handle('p', (data) => data);
  await server.start();
  for (let n = 0; n < 100; n++) expect(ask('p', { body: `${n}` }).heard).toEqual([[`${n}`, 'last']]);
});
