import { rejection } from '@rookery/testing';
import { expect, test } from 'vitest';
import { Unavailable } from '../../src/errors/conditions.js';
import type { ApplicationPolicy } from '../../src/policies/step.js';
import { handClient } from '../hand-transport.js';

function around(policy: ApplicationPolicy['around'], options = {}) {
  return handClient({ policies: [{ name: 'own', around: policy }], ...options });
}

test('the first is the outermost, and each may change the answer', async () => {
  const seen: string[] = [];
  const policy = (name: string): ApplicationPolicy => ({
    name,
    async around(call, next) {
      seen.push(`${name} before ${call.pattern}`);
      const value = await next();
      seen.push(`${name} after ${String(value)}`);
      return `${String(value)} ${name}`;
    },
  });
  const { client, transport } = handClient({
    module: { policies: [policy('module')] },
    policies: [policy('client')],
  });
  const answer = client.request('p');
  transport.calls[0]!.sink.reply('"value"', true);
  expect(await answer).toBe('value client module');
  expect(seen).toEqual([
    'module before p',
    'client before p',
    'client after value',
    'module after value client',
  ]);
  expect(client.pending).toBe(0);
});

test('returning without next sends nothing; throwing fails the call', async () => {
  const { client, transport } = around(async () => 'cached');
  expect(await client.request('p')).toBe('cached');
  const refusing = around(() => {
    throw new Error('not on Sundays');
  });
  expect(await rejection(refusing.client.request('p'))).toMatchObject({ message: 'not on Sundays' });
  expect([...transport.calls, ...refusing.transport.calls]).toEqual([]);
  expect([client.pending, refusing.client.pending]).toEqual([0, 0]);
});

test('next throws what the call failed with, after all tries', async () => {
  const seen: unknown[] = [];
  const { client, transport, clock } = around(async (_, next) => {
    try {
      return await next();
    } catch (error) {
      seen.push(error);
      throw new Error('wrapped', { cause: error });
    }
  });
  const failure = rejection(client.request('p'));
  for (let count = 0; count < 3; count++) {
    transport.calls.at(-1)!.sink.lost(new Unavailable('down'));
    await clock.advance(1_000);
  }
  expect(await failure).toMatchObject({ message: 'wrapped', cause: { code: 'UNAVAILABLE' } });
  expect(seen.length).toBe(1);
});

test('next a second time does nothing and throws', async () => {
  const { client, transport } = around(async (_, next) => {
    const value = await next();
    const second = await rejection(next());
    return [value, (second as Error).message];
  });
  const answer = client.request('p');
  transport.calls[0]!.sink.reply('1', true);
  expect(await answer).toEqual([1, "the policy 'own' called next() twice; to try again is the retry's"]);
  expect(transport.calls.length).toBe(1);
});

test('returning while next is under way gives that up', async () => {
  const { client, transport } = around(async (_, next) => {
    next().catch(() => undefined);
    await Promise.resolve();
    return 'faster';
  });
  expect(await client.request('p')).toBe('faster');
  expect(transport.calls[0]!.cancelled).toBe(1);
});

test('the deadline goes on meanwhile, and what comes later is ignored', async () => {
  let late: (value: unknown) => void = () => undefined;
  const { client, clock, transport } = around(() => new Promise((resolve) => (late = resolve)), {
    timeout: 100,
  });
  const failure = rejection(client.request('p'));
  await clock.advance(110);
  expect(await failure).toMatchObject({ code: 'DEADLINE_EXCEEDED', recourse: 'retryable' });
  late('too late');
  await Promise.resolve();
  expect([client.pending, transport.calls.length]).toEqual([0, 0]);
});

test('of a stream it sees the first value; the others wait for it and keep their order', async () => {
  let go: () => void = () => undefined;
  const { client, transport } = around(async (_, next) => {
    const value = await next();
    await new Promise<void>((resolve) => (go = resolve));
    return Number(value) * 10;
  });
  const stream = client.stream('ticks');
  const all = (async () => {
    const values: unknown[] = [];
    for await (const value of stream) values.push(value);
    return values;
  })();
  const { sink } = transport.calls[0]!;
  sink.reply('1', false);
  sink.reply('2', false);
  sink.reply('3', true);
  await new Promise(setImmediate);
  go();
  expect(await all).toEqual([10, 2, 3]);
});
