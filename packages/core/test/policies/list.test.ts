import { rejection } from '@rookery/testing';
import { describe, expect, test } from 'vitest';
import { ConnectionLost, Overloaded, Unavailable } from '../../src/errors/conditions.js';
import { encodeFailure } from '../../src/errors/wire.js';
import { CLIENT_POLICIES } from '../../src/policies/order.js';
import type { ClientOptions } from '../../src/client/options.js';
import { handClient } from '../hand-transport.js';
import { recordedSpans } from '../recorded-telemetry.js';

test('the order of the policies is this one', () => {
  expect(CLIENT_POLICIES.map(({ name }) => name)).toEqual([
    'telemetry',
    'fallback',
    'deadline',
    'bulkhead',
    'application',
    'retry',
    'throttle',
    'breaker',
  ]);
});

/** What each policy is there for, in as few words as possible: `true` when it does it. */
const DOES: Record<string, (options: Partial<ClientOptions>) => Promise<boolean>> = {
  async telemetry(options) {
    const spans = recordedSpans();
    const { client, transport } = handClient({ ...options, telemetry: spans });
    const call = client.request('p');
    transport.calls[0]!.sink.reply('1', true);
    await call;
    return spans.all().length === 1;
  },
  async fallback(options) {
    const { client, transport } = handClient({ ...options, retry: false, fallback: { value: 'else' } });
    const answer = client.answer('p').catch(() => undefined);
    transport.calls[0]!.sink.lost(new Unavailable('gone'));
    return (await answer)?.source === 'fallback';
  },
  async deadline(options) {
    const { client, clock } = handClient({ ...options, timeout: 100 });
    let failed = false;
    client.request('p').catch(() => (failed = true));
    await clock.advance(200);
    return failed;
  },
  async bulkhead(options) {
    const { client, transport } = handClient({ ...options, bulkhead: { limit: 1 } });
    client.request('p').catch(() => undefined);
    client.request('p').catch(() => undefined);
    return transport.calls.length === 1;
  },
  async application(options) {
    const policy = { name: 'own', around: () => Promise.resolve('mine') };
    const { client, transport } = handClient({ ...options, policies: [policy] });
    client.request('p').catch(() => undefined);
    return transport.calls.length === 0;
  },
  async retry(options) {
    const { client, transport, clock } = handClient(options);
    client.request('p').catch(() => undefined);
    transport.calls[0]!.sink.lost(new Unavailable('gone'));
    await clock.advance(1_000);
    return transport.calls.length === 2;
  },
  async throttle(options) {
    const { client, transport } = handClient({ ...options, retry: false });
    const failure = encodeFailure(new Overloaded('no'), false);
    for (let count = 0; count < 100; count++) {
      client.request('p').catch(() => undefined);
      transport.calls.at(-1)!.sink.fail(failure);
    }
    return transport.calls.length < 50;
  },
  async breaker(options) {
    const { client, transport } = handClient({ ...options, retry: false });
    for (let count = 0; count < 100; count++) {
      client.request('p').catch(() => undefined);
      transport.calls.at(-1)!.sink.lost(new ConnectionLost('broken'));
    }
    return transport.calls.length === 20;
  },
};

describe.each(CLIENT_POLICIES.map(({ name }) => name))('%s', (name) => {
  test('does what it is there for, and nothing else in the list does it', async () => {
    const does = DOES[name]!;
    expect(await does({})).toBe(true);
    expect(await does({ order: CLIENT_POLICIES.filter((policy) => policy.name !== name) })).toBe(false);
  });
});

test('describe() shows the list, each value and where it was set', () => {
  const { client } = handClient({
    module: { timeout: 5_000, retry: { attempts: 4, budget: 0.2 }, breaker: false },
    timeout: 2_000,
    retry: { attempts: 2 },
    patterns: { 'report.*': { timeout: 60_000, idempotent: true, breaker: { minimum: 5 } } },
    policies: [{ name: 'own', around: (_, next) => next() }],
  });
  expect(client.describe('user.get').map(({ name }) => name)).toEqual([
    'telemetry',
    'deadline',
    'bulkhead',
    'own',
    'retry',
    'throttle',
  ]);
  const values = (pattern: string, name: string) =>
    client.describe(pattern).find((policy) => policy.name === name)?.values;
  expect(values('user.get', 'deadline')).toEqual({
    timeout: { value: 2_000, from: 'client' },
    idleTimeout: { value: 30_000, from: 'default' },
  });
  expect(values('report.daily', 'deadline')).toMatchObject({ timeout: { value: 60_000, from: 'pattern' } });
  expect(values('report.daily', 'retry')).toMatchObject({
    attempts: { value: 2, from: 'client' },
    budget: { value: 0.2, from: 'module' },
    maxDelay: { value: 1_000, from: 'default' },
    idempotent: { value: true, from: 'pattern' },
  });
  expect(values('report.daily', 'breaker')).toMatchObject({ minimum: { value: 5, from: 'pattern' } });
  expect(client.describe().length).toBe(6);
});

test('a pattern that sets nothing of a policy shares what the service’s has counted', async () => {
  const { client } = handClient({ bulkhead: { limit: 1 }, patterns: { slow: { timeout: 60_000 } } });
  client.request('p').catch(() => undefined);
  expect(await rejection(client.request('slow'))).toMatchObject({
    code: 'BULKHEAD_FULL',
    recourse: 'retryable',
  });
  client.close();
});

test('what cannot work is refused when the client is made', () => {
  expect(() => handClient({ timeout: Infinity })).toThrow("the timeout of calls of 'users' is Infinity");
  const policy = { name: 'twice', around: () => Promise.resolve(1) };
  expect(() => handClient({ policies: [policy, policy] })).toThrow("two policies are called 'twice'");
});
