import { rejection } from '@rookery/testing';
import { expect, test } from 'vitest';
import { Unavailable } from '../../src/errors/conditions.js';
import { encodeFailure } from '../../src/errors/wire.js';
import type { FallbackOptions } from '../../src/policies/fallback/options.js';
import { handClient } from '../hand-transport.js';

const DOWN = new Unavailable('down');

function withFallback(fallback: FallbackOptions) {
  const hand = handClient({ retry: false, fallback });
  const ask = (body?: unknown, options?: object) => {
    const answer = hand.client.answer('p', body, options);
    return { answer, call: hand.transport.calls.at(-1)! };
  };
  return { ...hand, ask };
}

test('a value answers what the service could not, and whoever wants to know is told', async () => {
  const { ask } = withFallback({ value: [] });
  const failed = ask();
  failed.call.sink.lost(DOWN);
  expect(await failed.answer).toEqual({ value: [], source: 'fallback', attempts: 1, error: DOWN });
  const answered = ask();
  answered.call.sink.reply('[1]', true);
  expect(await answered.answer).toEqual({ value: [1], source: 'service', attempts: 1 });
});

test('a deadline is helped too, and the service is told that nobody waits any more', async () => {
  const { ask, clock } = withFallback({ value: 0 });
  const { answer, call } = ask(0, { timeout: 100 });
  await clock.advance(110);
  expect(await answer).toMatchObject({ value: 0, error: { code: 'DEADLINE_EXCEEDED' } });
  expect(call.cancelled).toBe(1);
});

test('what a handler threw, what cannot be right and what was cancelled are not helped', async () => {
  const { client, ask } = withFallback({ value: 0 });
  const thrown = ask();
  thrown.call.sink.fail(encodeFailure(new Error('no such user'), false));
  expect(await rejection(thrown.answer)).toMatchObject({ message: 'no such user' });
  const controller = new AbortController();
  const cancelled = ask(0, { signal: controller.signal });
  controller.abort();
  expect(await rejection(cancelled.answer)).toMatchObject({ code: 'CANCELLED' });
  const refused = ask(0, { fallback: false });
  refused.call.sink.lost(DOWN);
  expect(await rejection(refused.answer)).toBe(DOWN);
  const closed = ask();
  client.close();
  expect(await rejection(closed.answer)).toMatchObject({ code: 'CLIENT_CLOSED' });
});

test('a function may take its time, but not too much, and may fail', async () => {
  let wait: Promise<unknown> = Promise.resolve('from the cache');
  const { ask, clock } = withFallback({
    compute: (error, call) => wait.then((value) => [value, call.pattern, error]),
  });
  const helped = ask();
  helped.call.sink.lost(DOWN);
  expect(await helped.answer).toMatchObject({ value: ['from the cache', 'p', DOWN], source: 'fallback' });

  wait = new Promise(() => undefined);
  const slow = ask();
  const late = rejection(slow.answer);
  slow.call.sink.lost(DOWN);
  await clock.advance(1_010);
  expect(await late).toBe(DOWN);

  wait = Promise.reject(new Error('the cache is down too'));
  const failed = ask();
  failed.call.sink.lost(DOWN);
  expect(await rejection(failed.answer)).toBe(DOWN);
  await clock.advance(10);
  expect(clock.timers).toBe(0);
});

test('the last good answer to the same request, up to its age', async () => {
  const { ask, clock } = withFallback({ lastGood: 1_000, value: 'nothing' });
  const good = ask({ id: 1 });
  good.call.sink.reply('{"name":"Ada"}', true);
  await good.answer;
  for (const [body, headers, value] of [
    [{ id: 1 }, undefined, { name: 'Ada' }],
    [{ id: 2 }, undefined, 'nothing'],
    [{ id: 1 }, { authorization: 'somebody else' }, 'nothing'],
  ] as const) {
    const failed = ask(body, { headers });
    failed.call.sink.lost(DOWN);
    expect(await failed.answer).toMatchObject({ value, source: 'fallback' });
  }
  await clock.advance(1_001);
  const stale = ask({ id: 1 });
  stale.call.sink.lost(DOWN);
  expect(await stale.answer).toMatchObject({ value: 'nothing' });
});

test('an observer gets the one value and the end', () => {
  const { client, transport } = withFallback({ value: 7 });
  const heard: unknown[] = [];
  client.observe(
    'p',
    0,
    {},
    {
      next: (value) => heard.push(value),
      complete: () => heard.push('end'),
      error: (error) => heard.push(error),
    },
  );
  transport.calls[0]!.sink.lost(DOWN);
  expect(heard).toEqual([7, 'end']);
});
