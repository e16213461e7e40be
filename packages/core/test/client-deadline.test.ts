import { rejection } from '@rookery/testing';
import { expect, test } from 'vitest';
import { Unavailable } from '../src/errors/conditions.js';
import { handClient } from './hand-transport.js';

test('without an answer it fails at its deadline, saying that it was sent', async () => {
  const { client, clock, transport } = handClient();
  const failure = rejection(client.request({ cmd: 'get' }, 1, { timeout: 250 }));
  await clock.advance(249);
  expect(client.pending).toBe(1);
  await clock.advance(11);
  expect(await failure).toMatchObject({
    code: 'DEADLINE_EXCEEDED',
    recourse: 'unknown',
    message:
      'no answer from \'users\' to {"cmd":"get"} within 250 ms; it was sent, and may have been handled',
  });
  expect([client.pending, transport.calls[0]?.cancelled]).toEqual([0, 1]);
  expect(clock.timers).toBe(0);
});

test('one that was never sent says so, with the transport’s reason, and may be tried again', async () => {
  const { client, clock, transport } = handClient({ timeout: 250 });
  const cause = new Unavailable('nobody listens on tcp://127.0.0.1:3001');
  const calls = [rejection(client.request('p')), rejection(client.request('p'))];
  for (const call of transport.calls) call.sent = false;
  transport.state = { status: 'connecting', cause };
  await clock.advance(260);
  for (const call of calls)
    expect(await call).toMatchObject({
      recourse: 'retryable',
      cause,
      message: `no answer from 'users' to p within 250 ms; it was never sent: ${cause.message}`,
    });
  transport.state = { status: 'connecting' };
  const unexplained = rejection(client.request('p'));
  transport.calls.at(-1)!.sent = false;
  await clock.advance(260);
  expect(await unexplained).toMatchObject({
    message: "no answer from 'users' to p within 250 ms; it was never sent",
  });
});

test('by default the deadline is 30 seconds away', async () => {
  const { client, clock, transport } = handClient();
  const failure = rejection(client.request('p'));
  expect(transport.calls[0]?.message.envelope.timeout).toBe(30_000);
  await clock.advance(29_999);
  expect(client.pending).toBe(1);
  await clock.advance(11);
  expect(await failure).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
});

test('a stream’s deadline is for its first value, its idle timeout for each further one', async () => {
  const { client, clock, transport } = handClient();
  const stream = client.stream('ticks', 0, { timeout: 100, idleTimeout: 1_000 });
  const { sink } = transport.calls[0]!;
  sink.reply('1', false);
  expect(await stream.next()).toEqual({ value: 1, done: false });
  await clock.advance(900);
  sink.reply('2', false);
  await clock.advance(900);
  sink.reply('3', false);
  const failure = rejection((async () => (await stream.next(), await stream.next(), stream.next()))());
  await clock.advance(990);
  expect(client.pending).toBe(1);
  await clock.advance(20);
  expect(await failure).toMatchObject({
    code: 'DEADLINE_EXCEEDED',
    message: "the stream ticks of 'users' was silent for 1000 ms",
  });
  expect(transport.calls[0]!.cancelled).toBe(1);
});

test('while the reader gives no credit, the other side may be silent for as long as it likes', async () => {
  const { client, clock, transport } = handClient();
  const stream = client.stream('ticks', 0, { idleTimeout: 100 });
  const call = transport.calls[0]!;
  for (let value = 0; value < call.granted; value++) call.sink.reply(String(value), false);
  await clock.advance(60_000);
  expect(client.pending).toBe(1);
  for (let value = 0; value < 32; value++) await stream.next();
  await clock.advance(120);
  expect(client.pending).toBe(0);
});

test('an answer that comes after the deadline is ignored', async () => {
  const { client, clock, transport } = handClient({ timeout: 10 });
  const failure = rejection(client.request('p'));
  await clock.advance(30);
  const { sink } = transport.calls[0]!;
  sink.reply('1', true);
  sink.fail('{}');
  sink.lost(new Unavailable('late'));
  expect(await failure).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
});

test.each([0, -1, NaN])('an idle timeout of %d is refused', async (idleTimeout) => {
  const { client } = handClient();
  expect(await rejection(client.request('p', 1, { idleTimeout }))).toMatchObject({
    code: 'CONFIGURATION',
    message: `the idleTimeout of p is ${idleTimeout}; it has to be above 0 ms`,
  });
});
