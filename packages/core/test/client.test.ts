import { rejection } from '@rookery/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConnectionLost, QueueFull, Unavailable } from '../src/errors/conditions.js';
import { encodeFailure } from '../src/errors/wire.js';
import { handClient } from './hand-transport.js';

test('a request resolves with its first value; the rest of a stream is cancelled', async () => {
  const { client, transport } = handClient();
  const one = client.request('p');
  transport.calls[0]!.sink.reply('{"a":1}', true);
  expect(await one).toEqual({ a: 1 });
  const first = client.request('p');
  transport.calls[1]!.sink.reply('1', false);
  expect(await first).toBe(1);
  const none = client.request('p');
  transport.calls[2]!.sink.reply(undefined, true);
  expect(await none).toBeUndefined();
  expect(transport.calls.map(({ cancelled }) => cancelled)).toEqual([0, 1, 0]);
  expect(transport.calls.map(({ granted }) => granted)).toEqual([1, 1, 1]);
  expect(client.pending).toBe(0);
});

test('it rejects with what the handler threw, and with what the transport lost', async () => {
  const { client, transport } = handClient();
  const failures = [1, 2, 3].map(() => rejection(client.request('p')));
  const [thrown, lost, garbled] = transport.calls.map(({ sink }) => sink);
  thrown!.fail(encodeFailure({ status: 'error', message: 'Forbidden' }, false));
  const error = new ConnectionLost('gone');
  lost!.lost(error);
  garbled!.reply('{', true);
  expect(await failures[0]).toEqual({ status: 'error', message: 'Forbidden' });
  expect(await failures[1]).toBe(error);
  expect(await failures[2]).toMatchObject({ code: 'NOT_DECODABLE' });
  expect(client.pending).toBe(0);
});

test('the stack of the other side is kept only where that is allowed', async () => {
  for (const acceptStack of [true, false]) {
    const { client, transport } = handClient({ acceptStack });
    const failure = rejection(client.request('p'));
    transport.calls[0]!.sink.fail(encodeFailure(new Error('inside'), true));
    const { remoteStack } = (await failure) as { remoteStack?: string };
    expect(remoteStack !== undefined).toBe(acceptStack);
  }
});

test('the size of a body counts in bytes, not characters', async () => {
  const { client, transport } = handClient();
  const fits = 'é'.repeat(49); // and two quotes: 100 bytes
  client.request('p', fits).catch(() => undefined);
  await client.publish('p', new Uint8Array(100));
  const message = 'the body of p has 101 bytes; hand: takes at most 100';
  for (const tooLarge of [fits + 'x', new Uint8Array(101)]) {
    const expected = { code: 'PAYLOAD_TOO_LARGE', recourse: 'terminal', message };
    expect(await rejection(client.request('p', tooLarge))).toMatchObject(expected);
    expect(await rejection(client.publish('p', tooLarge))).toMatchObject(expected);
    expect(() => client.stream('p', tooLarge)).toThrow(message);
  }
  expect([transport.calls.length, transport.published.length]).toEqual([1, 1]);
  client.close();
});

test('a request to nobody says how to name somebody', async () => {
  const { client } = handClient({ to: undefined });
  expect(await rejection(client.request('p'))).toMatchObject({
    code: 'CONFIGURATION',
    message: expect.stringContaining('to which service should p go?'),
  });
});

test('what JSON would lose is refused before anything is sent', async () => {
  const { client, transport } = handClient();
  expect(await rejection(client.request('p', { tags: new Set() }))).toMatchObject({ code: 'NOT_ENCODABLE' });
  expect(await rejection(client.publish('p', { tags: new Set() }))).toMatchObject({ code: 'NOT_ENCODABLE' });
  expect([transport.calls, transport.published]).toEqual([[], []]);
});

test('publish says where the event is, or throws why nobody has it', async () => {
  const { client, transport } = handClient();
  expect(await client.publish('p', 0)).toBe('stored');
  transport.outcome = { status: 'memory' };
  expect(await client.publish('p', 0)).toBe('memory');
  const error = new QueueFull('full');
  transport.outcome = { status: 'refused', error };
  expect(await rejection(client.publish('p', 0))).toBe(error);
});

test.each([-1, NaN, Infinity])('a delay of %s is refused', async (delay) => {
  const { client, transport } = handClient();
  expect(await rejection(client.publish('p', 0, { delay }))).toMatchObject({ code: 'CONFIGURATION' });
  expect(transport.published).toEqual([]);
});

test('a signal gives the call up, at once or later, and is not kept', async () => {
  const { client, transport } = handClient();
  const controller = new AbortController();
  const reason = new Error('the user left');
  const during = rejection(client.request('p', 0, { signal: controller.signal }));
  controller.abort(reason);
  const after = rejection(client.request('p', 0, { signal: controller.signal }));
  for (const failure of [during, after])
    expect(await failure).toMatchObject({
      code: 'CANCELLED',
      message: "the call of p on 'users' was cancelled by its caller",
      cause: reason,
    });
  expect(transport.calls.map(({ cancelled }) => cancelled)).toEqual([1]); // the second was not sent
});

test('close fails what is open, cancels it, and refuses what comes', async () => {
  const { client, clock, transport } = handClient();
  const open = rejection(client.request('p'));
  const stream = client.stream('p');
  client.close();
  client.close();
  const closed = { code: 'CLIENT_CLOSED', recourse: 'unknown' };
  expect(await open).toMatchObject(closed);
  expect(await rejection(stream.next())).toMatchObject(closed);
  expect(await stream.next()).toEqual({ value: undefined, done: true });
  expect(transport.calls.map(({ cancelled }) => cancelled)).toEqual([1, 1]);
  const refused = { code: 'CLIENT_CLOSED', recourse: 'terminal', message: 'the client is closed' };
  expect(await rejection(client.request('p'))).toMatchObject(refused);
  expect(await rejection(client.publish('p', 0))).toMatchObject(refused);
  expect(() => client.stream('p')).toThrow('the client is closed');
  await clock.advance(10);
  expect(clock.timers).toBe(0);
});

test('an observer hears its values, one end, and nothing after it has left', () => {
  const { client, transport } = handClient();
  const heard: unknown[] = [];
  const observer = {
    next: (value: unknown) => heard.push(value),
    complete: () => heard.push('complete'),
    error: (error: unknown) => heard.push(error),
  };
  client.observe('p', 0, {}, observer);
  const whole = transport.calls[0]!.sink;
  whole.reply('1', false);
  whole.reply('2', true);
  whole.reply('3', true);
  whole.lost(new Unavailable('late'));
  expect(heard.splice(0)).toEqual([1, 2, 'complete']);
  const leave = client.observe('p', 0, {}, observer);
  const left = transport.calls[1]!;
  left.sink.reply('1', false);
  leave();
  leave();
  left.sink.reply('2', true);
  expect(heard).toEqual([1]);
  expect([transport.calls[0]!.cancelled, left.cancelled, client.pending]).toEqual([0, 1, 0]);
});

test('a stream gives all values in order, and the other side is never more than a window ahead', async () => {
  const steps = fc.array(fc.constantFrom('burst', 'read', 'read', 'reads'), { size: 'max', maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(steps, fc.boolean(), async (steps, fails) => {
      const { client, transport } = handClient();
      const stream = client.stream('p');
      const call = transport.calls[0]!;
      let sent = 0;
      const reads: Promise<IteratorResult<unknown>>[] = [];
      for (const step of steps) {
        if (step === 'burst') while (sent < call.granted) call.sink.reply(String(++sent), false);
        else for (let left = step === 'read' ? 1 : 40; left > 0; left--) reads.push(stream.next());
        expect(call.granted).toBeLessThanOrEqual(reads.length + 64);
        expect(call.granted).toBeGreaterThan(Math.min(reads.length, sent));
      }
      const values = (await Promise.all(reads.slice(0, sent))).map(({ value }) => value as number);
      while (values.length < sent) values.push((await stream.next()).value as number);
      expect(values).toEqual(Array.from({ length: sent }, (_, index) => index + 1));
      const next = reads[sent] ?? stream.next();
      const outcome = fails ? rejection(next) : next;
      if (fails) call.sink.fail(encodeFailure('why', false));
      else call.sink.reply(undefined, true);
      expect(await outcome).toEqual(fails ? 'why' : { value: undefined, done: true });
      for (const read of reads.slice(sent + 1)) expect((await read).done).toBe(true);
      expect(await stream.next()).toEqual({ value: undefined, done: true });
      expect([client.pending, call.cancelled]).toEqual([0, 0]);
    }),
    { numRuns: 200 },
  );
});

test('leaving the loop cancels the stream, once', async () => {
  const { client, transport } = handClient();
  const stream = client.stream('p');
  const call = transport.calls[0]!;
  for (const value of ['1', '2', '3']) call.sink.reply(value, false);
  for await (const value of stream) if (value === 2) break;
  expect([call.cancelled, client.pending]).toEqual([1, 0]);
  expect(await stream.next()).toEqual({ value: undefined, done: true });
});
