import { turn } from '@rookery/testing';
import { expect, test } from 'vitest';
import { MemoryDeadLetters } from '../src/dead-letters/memory.js';
import { createEnvelope } from '../src/envelope/envelope.js';
import { QueueFull } from '../src/errors/conditions.js';
import type { Handler } from '../src/server/handler.js';
import type { Settlement } from '../src/transport/events.js';
import { handServer } from './hand-transport.js';

const retries = { attempts: 3, firstDelay: 100, factor: 2, maxDelay: 150 };

/** Hands one delivery to a handler, and says how it was settled. */
async function delivered(handler: Handler, attempt = 1, body: string | undefined = '1', options = {}) {
  const { server, transport, deadLetters } = handServer({ retries, ...options });
  server.on(['user.*'], { endpoint: 'mail' }, handler);
  await server.start();
  const settlements: Settlement[] = [];
  transport.subscriptions[0]!.subscriber({
    message: { envelope: createEnvelope({ id: 'e1', pattern: 'user.created' }), body },
    attempt,
    settle: (settlement) => settlements.push(settlement),
  });
  await turn();
  return { settlements, letters: await deadLetters.list(), server, transport };
}

const fails: Handler = () => {
  throw new TypeError('no mail');
};

test('what is handled is accepted', async () => {
  const seen: unknown[] = [];
  const { settlements, letters, server } = await delivered((data, { attempt }) => {
    seen.push([data, attempt]);
  }, 2);
  expect(seen).toEqual([[1, 2]]);
  expect([settlements, letters, server.inFlight]).toEqual([[{ outcome: 'accept' }], [], 0]);
});

test('what fails comes again by the schedule, and after the last try it is a dead letter', async () => {
  for (const [attempt, after] of [
    [1, 100],
    [2, 150],
  ] as const) {
    const { settlements, letters } = await delivered(fails, attempt);
    expect([settlements, letters]).toEqual([[{ outcome: 'retry', after, reason: expect.any(String) }], []]);
  }
  const { settlements, letters } = await delivered(fails, 3);
  expect(settlements).toEqual([{ outcome: 'reject', reason: 'TypeError: no mail' }]);
  expect(letters).toMatchObject([
    {
      service: 'users',
      endpoint: 'mail',
      attempts: 3,
      lastFailure: { cause: 'TypeError: no mail' },
      message: { envelope: { id: 'e1' } },
    },
  ]);
});

test('what cannot be read is a dead letter at once, and its handler never sees it', async () => {
  let called = false;
  const { settlements, letters } = await delivered(() => (called = true), 1, '{');
  expect(settlements).toMatchObject([{ outcome: 'reject' }]);
  expect(letters).toMatchObject([
    { attempts: 1, lastFailure: { cause: expect.stringContaining('not JSON') } },
  ]);
  expect(called).toBe(false);
});

test('what the dead letters do not take comes again', async () => {
  const full = new MemoryDeadLetters();
  full.put = () => Promise.reject(new QueueFull('no room'));
  const { settlements } = await delivered(fails, 3, '1', { deadLetters: full });
  expect(settlements).toEqual([{ outcome: 'retry', after: 150, reason: expect.any(String) }]);
});

test('an endpoint says what it wants, in normal form', async () => {
  const { server, transport } = handServer({ concurrency: 7 });
  server.on([{ b: 1, a: 2 }, 'x'], { endpoint: 'one', broadcast: true, concurrency: 2 }, () => 0);
  server.on(['y'], { endpoint: 'two' }, () => 0);
  expect(transport.subscriptions.map(({ subscription }) => subscription)).toEqual([
    {
      ...{ service: 'users', endpoint: 'one', patterns: ['{"a":2,"b":1}', 'x'] },
      ...{ broadcast: true, concurrency: 2, ordered: false },
    },
    {
      ...{ service: 'users', endpoint: 'two', patterns: ['y'] },
      ...{ broadcast: false, concurrency: 7, ordered: false },
    },
  ]);
});
