import { expect, test } from 'vitest';
import { busyServer } from './busy-server.js';

const refused = (text: string) => [{ code: 'OVERLOADED', message: expect.stringContaining(text) }];

test('a caller may have as many requests under way as its limit, waiting ones included', async () => {
  const { ask, end } = await busyServer({
    requests: { concurrency: 1 },
    callers: { limit: 2, limits: { batch: 1 } },
  });
  const first = ask('work', { source: 'web' });
  ask('work', { source: 'web' });
  expect(ask('work', { source: 'web' }).heard).toMatchObject([
    {
      code: 'OVERLOADED',
      recourse: 'retryable',
      message:
        "'web' has 2 requests under way at 'users', as many as it may; not started: " +
        "send fewer at once, or raise the service's callers.limit",
    },
  ]);
  const batch = ask('work', { source: 'batch' });
  expect(ask('work', { source: 'batch' }).heard).toMatchObject(refused('callers.limits.batch'));
  batch.call.cancel();
  expect(ask('work', { source: 'batch' }).heard).toEqual([]);
  await end(0);
  expect(first.heard).toHaveLength(1);
  expect(ask('work', { source: 'web' }).heard).toEqual([]);
  expect(ask('work', { source: 'web' }).heard).toMatchObject(refused("'web' has 2"));
});

test('those without a name are one caller; a limit of an object property is none', async () => {
  const { ask } = await busyServer({ callers: { limits: { anonymous: 1 } } });
  expect(ask('work').heard).toEqual([]);
  expect(ask('work').heard).toMatchObject(refused("'anonymous' has 1"));
  expect(ask('work', { source: 'toString' }).heard).toEqual([]);
});

test('who is proven to call counts, not who is said to', async () => {
  const { ask, transport } = await busyServer({ callers: { limits: { web: 0 } } });
  expect(ask('work', { source: 'web' }).heard).toMatchObject(refused("'web'"));
  const heard: string[] = [];
  const responder = {
    reply() {},
    fail: (failure: string) => void heard.push(failure),
    peer: { service: 'web', by: 'tls' } as const,
  };
  const message = { envelope: { id: '1', pattern: 'work', source: 'other' } as never, body: undefined };
  transport.handler!(message, 1, responder);
  expect(heard[0]).toContain("'web' has 0 requests");
});

test('while requests wait, one caller may hold half of the places, unless it is alone', async () => {
  const { ask, clock, end } = await busyServer({ requests: { concurrency: 1, queue: 6 } });
  ask('work', { source: 'greedy' });
  const asked = [1, 2, 3, 4, 5].map(() => ask('work', { source: 'greedy' }));
  expect(asked.flatMap(({ heard }) => heard)).toEqual([]); // alone
  expect(ask('work', { source: 'shy' }).heard).toEqual([]);
  expect(ask('work', { source: 'greedy' }).heard).toMatchObject([
    {
      code: 'OVERLOADED',
      message:
        "'users' is overloaded: 5 requests of 'greedy' wait, which is its share (callers.queueShare) of 6 while others " +
        'call too; not started: send less, or add replicas',
    },
  ]);
  await end(0);
  await end(1);
  expect(ask('work', { source: 'greedy' }).heard).toMatchObject(refused("3 requests of 'greedy' wait"));
  expect(ask('work', { source: 'shy' }).heard).toEqual([]);
  await end(2);
  expect(ask('work', { source: 'greedy' }).heard).toEqual([]);
  for (let n = 3; n < 9; n++) await end(n);
  await clock.advance(2_000);
  ask('work', { source: 'greedy' });
  for (let n = 0; n < 6; n++) expect(ask('work', { source: 'greedy' }).heard).toEqual([]); // alone again
});
