import { rejection } from '@rookery/testing';
import { expect, test } from 'vitest';
import { Unavailable } from '../../src/errors/conditions.js';
import type { Client } from '../../src/client/client.js';
import type { ApplicationPolicy } from '../../src/policies/step.js';
import { handClient } from '../hand-transport.js';

type Around = ApplicationPolicy['around'];
type Options = NonNullable<Parameters<typeof handClient>[0]>;

function around(policy: Around, options: Options = {}) {
  return handClient({ policies: [{ name: 'own', around: policy }], retry: false, ...options });
}

function observe(client: Client): unknown[] {
  const heard: unknown[] = [];
  const told = {
    next: (value: unknown) => void heard.push(value),
    complete: () => void heard.push('end'),
    error: (error: unknown) => void heard.push(error),
  };
  client.observe('p', 0, {}, told);
  return heard;
}

const turn = () => new Promise(setImmediate);

test('a stream that a policy answers, without next or after it failed, ends with that answer', async () => {
  const cached = around(async () => 'cached');
  const heard = observe(cached.client);
  await turn();
  expect([heard, cached.client.pending]).toEqual([['cached', 'end'], 0]);

  const helping = around(async (_, next) => next().catch(() => 'instead'));
  const helped = observe(helping.client);
  helping.transport.calls[0]!.sink.lost(new Unavailable('down'));
  await turn();
  expect([helped, helping.client.pending]).toEqual([['instead', 'end'], 0]);
});

test('a stream that a policy answers while next is under way ends with that answer', async () => {
  const { client, transport } = around(async (_, next) => {
    next().catch(() => undefined);
    return 'faster';
  });
  const heard = observe(client);
  await turn();
  expect([heard, client.pending, transport.calls[0]!.cancelled]).toEqual([['faster', 'end'], 0, 1]);
});

test('the service is told when a policy refuses the first value of a stream', async () => {
  const { client, transport } = around(async (_, next) => {
    await next();
    throw new Error('not this one');
  });
  const heard = observe(client);
  transport.calls[0]!.sink.reply('1', false);
  await turn();
  expect(heard).toMatchObject([{ message: 'not this one' }]);
  expect(transport.calls[0]!.cancelled).toBe(1);
});

test('a probe that a policy does not wait for does not keep the breaker half open', async () => {
  let wait = true;
  const { client, transport, clock } = around(
    async (_, next) => {
      const value = next();
      if (wait) return value;
      value.catch(() => undefined);
      return 'faster';
    },
    { breaker: { minimum: 1 }, throttle: false },
  );
  const failed = rejection(client.request('p'));
  transport.calls[0]!.sink.lost(new Unavailable('down'));
  await failed;
  await clock.advance(1_001);
  wait = false;
  expect(await client.request('p')).toBe('faster');
  wait = true;
  const answer = client.request('p');
  transport.calls[2]?.sink.reply('1', true);
  expect(await answer).toBe(1);
});

test('next sends nothing once a fallback is at work', async () => {
  let go: () => void = () => undefined;
  let failure: unknown;
  const { client, transport, clock } = around(
    async (_, next) => {
      await new Promise<void>((resolve) => (go = resolve));
      return next().catch((error: unknown) => {
        failure = error;
        throw error;
      });
    },
    { timeout: 100, fallback: { compute: () => new Promise(() => undefined) } },
  );
  const outcome = rejection(client.request('p'));
  await clock.advance(110);
  go();
  await turn();
  expect(transport.calls.length).toBe(0);
  expect(failure).toMatchObject({ code: 'CONFIGURATION' });
  await clock.advance(1_010);
  expect(await outcome).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
});

test('what next fails with need not be heard', async () => {
  const unheard: unknown[] = [];
  const hear = (error: unknown): void => void unheard.push(error);
  process.on('unhandledRejection', hear);
  const { client, clock } = around(
    (_, next) => {
      void next();
      return new Promise(() => undefined);
    },
    { timeout: 100 },
  );
  const failed = rejection(client.request('p'));
  await clock.advance(110);
  expect(await failed).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  await turn();
  process.off('unhandledRejection', hear);
  expect(unheard).toEqual([]);
});

test('next of an inner policy ends when an outer one does not wait for it', async () => {
  let ended: unknown;
  const { client } = handClient({
    policies: [
      {
        name: 'outer',
        async around(_, next) {
          next().catch(() => undefined);
          return 'faster';
        },
      },
      {
        name: 'inner',
        async around(_, next) {
          try {
            return await next();
          } catch (error) {
            ended = error;
            throw error;
          }
        },
      },
    ],
  });
  expect(await client.request('p')).toBe('faster');
  await turn();
  expect(ended).toMatchObject({ code: 'CANCELLED' });
});
