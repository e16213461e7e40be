import { expect, test } from 'vitest';
import { ConfigurationError, NoHandler, Unavailable, Unrecoverable } from '../../src/errors/conditions.js';
import { cameFrom } from '../../src/errors/origin.js';
import type { EventRetryOptions } from '../../src/recoverability/retries.js';
import { endpoint, RETRIES } from './deliveries.js';

const failing = (error: unknown) => () => {
  throw error;
};

test('immediate retries are within one delivery, each on what was sent', async () => {
  const seen: unknown[] = [];
  const { deliver, log } = await endpoint(
    (data, { attempt, envelope }) => {
      const bytes = data as Uint8Array;
      const headers = envelope.headers as Record<string, string>;
      seen.push([attempt, bytes[0], headers['x']]);
      bytes[0] = 9;
      headers['x'] = 'changed';
      if (seen.length < 3) throw new Error('not yet');
    },
    { retries: { ...RETRIES, immediate: 2 } },
  );
  const bytes = Uint8Array.of(1);
  expect(await deliver(2, bytes as never, { headers: { x: 'sent' } })).toEqual({ outcome: 'accept' });
  expect(seen).toEqual([
    [2, 1, 'sent'],
    [2, 1, 'sent'],
    [2, 1, 'sent'],
  ]);
  expect(bytes[0]).toBe(1);
  expect(log).toEqual([
    "warn: event user.created (e1) failed in mail of 'users': Error: not yet (try 2 of 3, immediate retry 1 of 2)",
    "warn: event user.created (e1) failed in mail of 'users': Error: not yet (try 2 of 3, immediate retry 2 of 2)",
  ]);
});

test('when they have failed too, the delivery has failed once, and the log says when the next is', async () => {
  let tries = 0;
  const { deliver, log } = await endpoint(
    () => {
      tries++;
      throw new Error('no');
    },
    { retries: { ...RETRIES, immediate: 1 } },
  );
  expect(await deliver(2)).toEqual({ outcome: 'retry', after: 200, reason: 'Error: no' });
  expect(tries).toBe(2);
  expect(log.at(-1)).toBe(
    "warn: event user.created (e1) failed in mail of 'users': Error: no (try 2 of 3, next in 200 ms)",
  );
});

test('a dead letter is the message as it was sent, whatever its handler made of it', async () => {
  const { deliver, deadLetters } = await endpoint((_, { envelope }) => {
    (envelope.headers as Record<string, string>)['x'] = 'changed';
    throw new Unrecoverable('never');
  });
  await deliver(1, '1', { headers: { x: 'sent' } });
  expect(await deadLetters.list()).toMatchObject([{ message: { envelope: { headers: { x: 'sent' } } } }]);
});

class Invalid extends Error {
  readonly code = 'E_INVALID';
}

test.each<[what: string, error: unknown, options: EventRetryOptions]>([
  ['Unrecoverable', new Unrecoverable('broken order'), {}],
  ['a class', new Invalid('x'), { terminal: [RangeError, Invalid] }],
  ['a code', new Invalid('x'), { terminal: ['E_INVALID'] }],
  [
    'a code that came out of a call',
    cameFrom(new Unrecoverable('x'), 'payments'),
    { terminal: ['UNRECOVERABLE'] },
  ],
  ['a name', new TypeError('x'), { terminal: ['TypeError'] }],
  ['a predicate', { status: 404 }, { giveUp: (error) => (error as { status?: number }).status === 404 }],
])('an event is given up at once, without immediate retries: by %s', async (_, error, options) => {
  let tries = 0;
  const { deliver, deadLetters } = await endpoint(
    () => {
      tries++;
      throw error;
    },
    {},
    { retries: { immediate: 3, ...options } },
  );
  expect(await deliver()).toMatchObject({ outcome: 'reject' });
  expect(tries).toBe(1);
  expect(await deadLetters.list()).toMatchObject([{ attempts: 1 }]);
});

test.each<[what: string, error: unknown]>([
  ['another error', new Invalid('x')],
  ['no error', undefined],
  ["one of Rookery's own that is terminal for a call", new NoHandler('being deployed')],
  ['what was final for a service that was called', cameFrom(new Unrecoverable('not mine'), 'payments')],
])('an event is tried again after %s', async (_, error) => {
  const options = { retries: { ...RETRIES, terminal: [RangeError, 'E_OTHER'] } };
  const { deliver } = await endpoint(failing(error), options);
  expect(await deliver()).toMatchObject({ outcome: 'retry', after: 100 });
});

test('a giveUp that throws says no, and is told of', async () => {
  const giveUp = () => {
    throw new TypeError('oops');
  };
  const { deliver, log } = await endpoint(failing(new Error('x')), {}, { retries: { giveUp } });
  expect(await deliver()).toMatchObject({ outcome: 'retry' });
  expect(log[0]).toContain('giveUp of the endpoint mail failed');
});

test('an error that says how long to wait is heeded, beyond maxDelay too', async () => {
  for (const [retryAfter, after] of [
    [5_000, 5_000],
    [20, 100],
    [Infinity, 100],
  ] as const) {
    const { deliver } = await endpoint(failing(new Unavailable('busy', { retryAfter })));
    expect(await deliver()).toMatchObject({ outcome: 'retry', after });
  }
});

test('a body in a format that nobody here reads is a dead letter at once', async () => {
  const handled: unknown[] = [];
  const { deliver, deadLetters } = await endpoint((data) => void handled.push(data));
  expect(await deliver(1, 'Obj1', { contentType: 'application/avro' })).toMatchObject({ outcome: 'reject' });
  expect(await deadLetters.list()).toMatchObject([
    {
      lastFailure: {
        cause:
          'NotDecodable: the body is application/avro; this service has no codec for it, only application/json',
      },
    },
  ]);
  for (const contentType of ['application/json; charset=utf-8', 'application/vnd.order+json'])
    expect(await deliver(1, '2', { contentType })).toEqual({ outcome: 'accept' });
  expect(handled).toEqual([2, 2]);
});

test('what an endpoint does not set is the server’s, and what neither sets the default', async () => {
  const { server } = await endpoint(
    () => 0,
    { retries: { attempts: 4, firstDelay: 7 }, killSwitch: { minimum: 5 } },
    { retries: { attempts: 9 }, concurrency: 2 },
  );
  const [described] = server.describe().events;
  expect(described).toMatchObject({
    endpoint: 'mail',
    patterns: ['user.*'],
    broadcast: false,
    state: 'running',
  });
  const values = Object.fromEntries(described!.policies.map(({ name, values }) => [name, values]));
  expect(values['retries']).toMatchObject({
    attempts: { value: 9, from: 'endpoint' },
    firstDelay: { value: 7, from: 'server' },
    maxDelay: { value: 30_000, from: 'default' },
    immediate: { value: 0, from: 'default' },
  });
  expect(values['kill-switch']).toMatchObject({
    minimum: { value: 5, from: 'server' },
    threshold: { value: 0.5, from: 'default' },
  });
  expect(values['concurrency']).toEqual({
    limit: { value: 2, from: 'endpoint' },
    prefetch: { value: 2, from: 'default' },
  });
});

test('options that cannot work stop the start, by name', async () => {
  const bad = (own: object) => endpoint(() => 0, {}, own).catch((error: unknown) => error);
  expect(await bad({ retries: { attempts: 0 } })).toBeInstanceOf(ConfigurationError);
  expect(await bad({ retries: { attempts: 0 } })).toMatchObject({
    message: 'retries.attempts of the endpoint mail is 0; it has to be a number, at least 1',
  });
  expect(await bad({ killSwitch: { threshold: 15 } })).toMatchObject({
    message: 'killSwitch.threshold of the endpoint mail is 15; it has to be a number, from 0 to 1',
  });
});
