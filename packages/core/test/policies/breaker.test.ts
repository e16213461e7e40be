import { rejection } from '@rookery/testing';
import { expect, test } from 'vitest';
import { Overloaded, Unavailable } from '../../src/errors/conditions.js';
import { encodeFailure } from '../../src/errors/wire.js';
import type { PolicyEvent } from '../../src/policies/events.js';
import { handClient } from '../hand-transport.js';

function broken(options = {}) {
  const said: string[] = [];
  const say = (text: string): void => void said.push(text);
  const logger = { debug: say, info: say, warn: say, error: say };
  const hand = handClient({ retry: false, logger, ...options });
  const events: PolicyEvent[] = [];
  hand.client.watch((event) => events.push(event));
  const fail = (count: number) => {
    for (let each = 0; each < count; each++) {
      hand.client.request('p').catch(() => undefined);
      hand.transport.calls.at(-1)!.sink.lost(new Unavailable('nobody listens'));
    }
  };
  return { ...hand, events, said, fail };
}

test('it opens at half of twenty calls, says so, and refuses at once', async () => {
  const { client, transport, events, said, fail } = broken();
  for (let count = 0; count < 10; count++) {
    void client.request('p');
    transport.calls.at(-1)!.sink.reply('1', true);
  }
  fail(9);
  await Promise.resolve();
  expect(events).toEqual([]);
  fail(1);
  await Promise.resolve();
  expect(events).toMatchObject([{ type: 'breaker', service: 'users', state: 'open', previous: 'closed' }]);
  expect(said).toEqual(["calls to 'users' are refused for now, too many have failed: nobody listens"]);
  expect(await rejection(client.request('q'))).toMatchObject({
    code: 'CIRCUIT_OPEN',
    recourse: 'retryable',
    retryAfter: 1_000,
    message: "the circuit to 'users' is open: too many calls have failed; q was never sent",
  });
  expect(transport.calls.length).toBe(20);
  expect(client.describe().at(-1)?.values['state']?.value).toBe('open');
});

test('a probe closes it, or opens it for twice as long', async () => {
  const { client, transport, clock, events, said, fail } = broken();
  fail(20);
  await clock.advance(1_000);
  const probe = rejection(client.request('p'));
  expect(await rejection(client.request('p'))).toMatchObject({ code: 'CIRCUIT_OPEN' });
  transport.calls.at(-1)!.sink.lost(new Unavailable('still not'));
  expect(await probe).toMatchObject({ code: 'UNAVAILABLE' });
  await clock.advance(1_999);
  expect(await rejection(client.request('p'))).toMatchObject({ code: 'CIRCUIT_OPEN' });
  await clock.advance(1);
  const answer = client.request('p');
  transport.calls.at(-1)!.sink.reply('1', true);
  expect(await answer).toBe(1);
  expect(events.map(({ state }) => state)).toEqual(['open', 'half-open', 'open', 'half-open', 'closed']);
  expect(said.at(-1)).toBe("'users' answers again; calls go to it");
});

test('a probe that its caller gives up says nothing: the next one may go', async () => {
  const { client, transport, clock, fail } = broken();
  fail(20);
  await clock.advance(1_000);
  const controller = new AbortController();
  const probe = rejection(client.request('p', 0, { signal: controller.signal }));
  controller.abort();
  await probe;
  client.request('p').catch(() => undefined);
  expect(transport.calls.length).toBe(22);
});

test('answers count, whatever they are: what a handler throws, what an overloaded service refuses', () => {
  const { client, transport, events } = broken({ throttle: false });
  const answers = [new Error('not found'), new Overloaded('full')];
  for (let count = 0; count < 100; count++) {
    client.request('p').catch(() => undefined);
    transport.calls.at(-1)!.sink.fail(encodeFailure(answers[count % 2], false));
  }
  expect(events).toEqual([]);
  expect(transport.calls.length).toBe(100);
});

test('what is long ago does not count', async () => {
  const { clock, events, fail } = broken();
  fail(19);
  await clock.advance(11_000);
  fail(19);
  expect(events).toEqual([]);
});

test('a late answer from before it opened does not close it', async () => {
  const { client, transport, clock, events, fail } = broken();
  const early = client.request('p');
  fail(20);
  await clock.advance(1_000);
  const probe = client.request('p').catch(() => undefined);
  transport.calls[0]!.sink.reply('1', true);
  await early;
  expect(events.at(-1)?.state).toBe('half-open');
  transport.calls.at(-1)!.sink.reply('1', true);
  await probe;
  expect(events.at(-1)?.state).toBe('closed');
});
