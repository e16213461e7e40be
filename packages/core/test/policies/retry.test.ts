import { rejection } from '@rookery/testing';
import { expect, test } from 'vitest';
import { MessageContext } from '../../src/context/message-context.js';
import { runInContext } from '../../src/context/ambient.js';
import { createEnvelope } from '../../src/envelope/envelope.js';
import { ConnectionLost, NoHandler, Overloaded, Unavailable } from '../../src/errors/conditions.js';
import { encodeFailure } from '../../src/errors/wire.js';
import { handClient } from '../hand-transport.js';

const LAST = { next: () => 0.999_999, token: () => 'x' };

test('what was never done is tried again, as the same message with what is left of its time', async () => {
  const { client, transport, clock } = handClient({ timeout: 1_000, random: LAST });
  const answer = client.answer('p', { n: 1 });
  transport.calls[0]!.sink.lost(new Unavailable('stopping'));
  expect(transport.calls.length).toBe(1);
  await clock.advance(49);
  expect(transport.calls.length).toBe(1);
  await clock.advance(2);
  const [first, second] = transport.calls.map(({ message }) => message);
  expect(second!.body).toBe(first!.body);
  expect(second!.envelope).toMatchObject({ id: first!.envelope.id, attempt: 2 });
  expect(second!.envelope.timeout).toBeLessThanOrEqual(951);
  transport.calls[1]!.sink.reply('"done"', true);
  expect(await answer).toEqual({ value: 'done', source: 'service', attempts: 2 });
  await clock.advance(10);
  expect(clock.timers).toBe(0);
});

test('it waits up to twice as long each time, and as long as the service asks, within the deadline', async () => {
  const { client, transport, clock } = handClient({ timeout: 1_000, random: LAST, throttle: false });
  const failure = rejection(client.request('p'));
  transport.calls[0]!.sink.fail(encodeFailure(new Overloaded('full', { retryAfter: 300 }), false));
  await clock.advance(345);
  expect(transport.calls.length).toBe(1);
  await clock.advance(10);
  expect(transport.calls.length).toBe(2);
  // the deadline is 645 ms away: 600 and some jitter would be too late, so it fails now and not then
  transport.calls[1]!.sink.fail(encodeFailure(new Overloaded('full', { retryAfter: 600 }), false));
  expect(await failure).toMatchObject({ code: 'OVERLOADED', retryAfter: 600 });
});

test('only what is safe is tried again', async () => {
  const refusals = [
    new NoHandler('none'),
    new ConnectionLost('broke'),
    new Error('the handler threw'),
    new Unavailable('began', { recourse: 'unknown' }),
  ];
  for (const error of refusals) {
    const { client, transport, clock } = handClient();
    const failure = rejection(client.request('p'));
    transport.calls[0]!.sink.fail(encodeFailure(error, false));
    expect(await failure).toMatchObject({ message: error.message });
    await clock.advance(1_000);
    expect(transport.calls.length).toBe(1);
  }
});

test('an idempotent one also when it may have been done; then the error never says that nothing was', async () => {
  const { client, transport, clock } = handClient({ patterns: { get: { idempotent: true } } });
  const failure = rejection(client.request('get'));
  expect(transport.calls[0]!.message.envelope.attempt).toBe(1);
  transport.calls[0]!.sink.lost(new ConnectionLost('broke'));
  await clock.advance(50);
  transport.calls[1]!.sink.lost(new Unavailable('stopping'));
  await clock.advance(100);
  transport.calls[2]!.sink.lost(new Unavailable('stopping'));
  expect(await failure).toMatchObject({
    code: 'UNAVAILABLE',
    recourse: 'unknown',
    message: 'stopping; an earlier try may have been handled',
  });
  await clock.advance(5_000);
  expect(transport.calls.length).toBe(3);
});

test('a call can forbid it, and declare itself idempotent', async () => {
  const { client, transport, clock } = handClient();
  const forbidden = rejection(client.request('p', 0, { retry: false }));
  transport.calls[0]!.sink.lost(new Unavailable('stopping'));
  await forbidden;
  void client.request('p', 0, { idempotent: true });
  transport.calls[1]!.sink.lost(new ConnectionLost('broke'));
  await clock.advance(50);
  expect(transport.calls.length).toBe(3);
});

test('retries are at most a tenth of the calls, and one a second', async () => {
  const { client, transport, clock } = handClient({ breaker: false, bulkhead: false });
  let failed = 0;
  for (let second = 0; second < 20; second++) {
    for (let count = 0; count < 100; count++) client.request('p').catch(() => undefined);
    for (let step = 0; step < 10; step++) {
      for (const call of transport.calls.splice(0)) {
        failed++;
        call.sink.lost(new Unavailable('dead'));
      }
      await clock.advance(100);
    }
  }
  expect(failed).toBeLessThanOrEqual(2_000 * 1.1 + 20);
  expect(failed).toBeGreaterThan(2_000 * 1.09);
});
test('below a request whose caller tries again, only what never left is tried again, and so on down', async () => {
  const { client, transport, clock } = handClient({ idempotent: true });
  const context = new MessageContext(createEnvelope({ id: 'm', pattern: 'up', attempt: 1 }), 's', 1, clock);
  const [sent, unsent] = runInContext(context, () => [
    rejection(client.request('p')),
    rejection(client.request('p', 0, { idempotent: false })),
  ]);
  expect(transport.calls.map(({ message }) => message.envelope.attempt)).toEqual([1, 1]);
  transport.calls[0]!.sink.lost(new Unavailable('refused'));
  expect(await sent).toMatchObject({ code: 'UNAVAILABLE' });
  transport.calls[1]!.sent = false;
  transport.calls[1]!.sink.lost(new Unavailable('no connection'));
  await clock.advance(50);
  expect(transport.calls.length).toBe(3);
  client.close();
  await unsent;
});

test('while it waits for its next try, the deadline, a cancel and a close end it at once', async () => {
  const { client, transport, clock } = handClient({
    random: LAST,
    retry: { firstDelay: 10_000, maxDelay: 10_000 },
  });
  const controller = new AbortController();
  const cancelled = rejection(client.request('p', 0, { signal: controller.signal }));
  const closed = rejection(client.request('p'));
  for (const call of transport.calls) call.sink.lost(new Unavailable('dead'));
  controller.abort();
  expect(await cancelled).toMatchObject({ code: 'CANCELLED' });
  client.close();
  expect(await closed).toMatchObject({ code: 'CLIENT_CLOSED' });
  await clock.advance(10);
  expect(clock.timers).toBe(0);
  await clock.advance(20_000);
  expect(transport.calls.length).toBe(2);
});

test('a stream is tried again until its first value, and never after', async () => {
  const { client, transport, clock } = handClient({ idempotent: true });
  const stream = client.stream('ticks');
  const first = stream.next();
  transport.calls[0]!.sink.lost(new ConnectionLost('broke'));
  await clock.advance(50);
  transport.calls[1]!.sink.reply('1', false);
  expect(await first).toEqual({ value: 1, done: false });
  transport.calls[1]!.sink.lost(new ConnectionLost('broke'));
  expect(await rejection(stream.next())).toMatchObject({ code: 'CONNECTION_LOST' });
  await clock.advance(1_000);
  expect(transport.calls.length).toBe(2);
});
