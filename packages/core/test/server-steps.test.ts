import { describe, expect, test } from 'vitest';
import { SERVER_POLICIES } from '../src/admission/steps.js';
import type { ServerOptions } from '../src/server/options.js';
import { busyServer } from './busy-server.js';
import { handServer } from './hand-transport.js';

test('the order of the steps, each with its values and where they were set', () => {
  const { server } = handServer({
    requests: { concurrency: 5 },
    callers: { limits: { gateway: 3 } },
    idempotency: { keep: 1_000 },
  });
  const byDefault = (value: unknown) => ({ value, from: 'default' });
  const byServer = (value: unknown) => ({ value, from: 'server' });
  expect(server.describe()).toEqual({
    service: 'users',
    policies: [
      { name: 'deadline', values: {} },
      {
        name: 'callers',
        values: {
          limit: byDefault(Infinity),
          limits: byServer({ gateway: 3 }),
          queueShare: byDefault(0.5),
        },
      },
      {
        name: 'shedding',
        values: { concurrency: byServer(5), queue: byDefault(10_000), maxQueueDelay: byDefault(2_000) },
      },
      {
        name: 'idempotency',
        values: {
          reach: byDefault('replica'),
          keep: byServer(1_000),
          lease: byDefault("the request's timeout, at least 30000"),
          maxEntries: byDefault(10_000),
          maxBytes: byDefault(67_108_864),
        },
      },
    ],
    events: [],
    now: { inFlight: 0, handling: 0, waiting: 0, queueDelay: 0, shed: 0, keysUnderWay: 0 },
  });
});

test.each([
  [{ requests: { concurrency: 0 } }, 'requests.concurrency is 0; it has to be a whole number, at least 1'],
  [{ requests: { queue: 1.5 } }, 'requests.queue is 1.5; it has to be a whole number, at least 0'],
  [{ requests: { maxQueueDelay: 0 } }, 'requests.maxQueueDelay is 0; it has to be milliseconds, above 0'],
  [{ callers: { limit: -1 } }, 'callers.limit is -1; it has to be a whole number, at least 0'],
  [
    { callers: { limits: { a: Number.NaN } } },
    'callers.limits.a is NaN; it has to be a whole number, at least 0',
  ],
  [{ callers: { queueShare: 0 } }, 'callers.queueShare is 0; it has to be above 0 and at most 1'],
  [{ idempotency: { keep: -1 } }, 'idempotency.keep is -1; it has to be milliseconds, above 0'],
  [{ idempotency: { lease: 0 } }, 'idempotency.lease is 0; it has to be milliseconds, above 0'],
  [
    { idempotency: { maxEntries: 0 } },
    'idempotency.maxEntries is 0; it has to be a whole number, at least 1',
  ],
])('options that cannot work: %o', (options, message) => {
  expect(() => handServer(options)).toThrow(message);
});

test('what a step refuses never comes to a later one', async () => {
  const { server, ask } = handServer({ callers: { limit: 0 } });
  server.handle('p', () => 1);
  await server.start();
  expect(ask('p', { timeout: 0 }).heard).toMatchObject([{ code: 'DEADLINE_EXCEEDED' }]);
  expect(ask('p', { timeout: 10, idempotencyKey: 'k' }).heard).toMatchObject([
    { code: 'OVERLOADED', message: expect.stringContaining('callers.limit') },
  ]);
  expect(server.describe().now).toMatchObject({ inFlight: 0, handling: 0, keysUnderWay: 0 });
});

/** What each step is there for, in as few words as possible: `true` when it does it. */
const DOES: Record<string, (options: Partial<ServerOptions>) => Promise<boolean>> = {
  async deadline(options) {
    const { ask, works } = await busyServer(options);
    ask('work', { timeout: 0 });
    return works.length === 0;
  },
  async callers(options) {
    const { ask, works } = await busyServer({ ...options, callers: { limit: 1 } });
    ask('work', { timeout: 1_000 });
    ask('work', { timeout: 1_000 });
    return works.length === 1;
  },
  async shedding(options) {
    const { ask, works } = await busyServer({ ...options, requests: { concurrency: 1 } });
    ask('work', { timeout: 1_000 });
    ask('work', { timeout: 1_000 });
    return works.length === 1;
  },
  async idempotency(options) {
    const { ask, works, clock } = await busyServer(options);
    ask('work', { timeout: 1_000, idempotencyKey: 'k' });
    ask('work', { timeout: 1_000, idempotencyKey: 'k' });
    await clock.settle();
    return works.length === 1;
  },
};

describe.each(SERVER_POLICIES)('%s', (name) => {
  test('does what it is there for, and nothing else in the list does it', async () => {
    const does = DOES[name]!;
    expect(await does({})).toBe(true);
    expect(await does({ steps: SERVER_POLICIES.filter((step) => step !== name) })).toBe(false);
  });
});
