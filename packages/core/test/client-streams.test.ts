import { rejection, turn } from '@rookery/testing';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { Unavailable } from '../src/errors/conditions.js';
import { handClient } from './hand-transport.js';

/** A source that gives what it is told to. */
function source() {
  const waiting: PromiseWithResolvers<IteratorResult<number>>[] = [];
  const given: PromiseWithResolvers<IteratorResult<number>>[] = [];
  const next = () => {
    const item = given.shift() ?? Promise.withResolvers<IteratorResult<number>>();
    if (waiting.length > 0 || given.length === 0) waiting.push(item);
    return item.promise;
  };
  const self = {
    returned: 0,
    asked: 0,
    give: (...items: number[]) => {
      for (const value of items) (waiting.shift() ?? later()).resolve({ value, done: false });
    },
    end: () => (waiting.shift() ?? later()).resolve({ value: undefined, done: true }),
    [Symbol.asyncIterator]: () => ({
      next: () => {
        self.asked++;
        return next();
      },
      return: async () => {
        self.returned++;
        return { value: undefined, done: true as const };
      },
    }),
  };
  function later() {
    const item = Promise.withResolvers<IteratorResult<number>>();
    given.push(item);
    return item;
  }
  return self;
}

const LIMITS = { timeout: 1_000, idleTimeout: 300, retry: false } as const;

function begin() {
  const hand = handClient();
  const from = source();
  const answer = hand.client.request('take', from, LIMITS);
  let error: { code?: string; message?: string } | undefined;
  answer.catch((why: unknown) => (error = why as typeof error));
  const call = hand.transport.calls[0]!;
  const failed = async () => {
    await turn();
    return error;
  };
  return { ...hand, from, answer, call, upload: call.sink.upload!, failed };
}

test('until something is asked for, the timeout counts; nothing is taken from the source, which is left', async () => {
  const { clock, from, failed, call } = begin();
  await clock.advance(990);
  expect(await failed()).toBeUndefined();
  await clock.advance(20);
  expect(await failed()).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  expect([from.asked, from.returned, call.cancelled]).toEqual([0, 1, 1]);
});

test('while the source is asked and gives nothing, no time counts', async () => {
  const { clock, from, failed, upload, call } = begin();
  upload.credit(2, 1_000);
  await clock.advance(100_000);
  expect(await failed()).toBeUndefined();
  from.give(1);
  await turn();
  await clock.advance(100_000);
  expect(await failed()).toBeUndefined();
  expect(call.items).toEqual(['1']);
});

test.each([
  ['items', 2, 1_000],
  ['bytes', 100, 2],
])(
  'while no more %s are asked for, the idle timeout counts, from the last item on',
  async (_, count, bytes) => {
    const { clock, from, failed, upload, call } = begin();
    upload.credit(count, bytes);
    from.give(1);
    await turn();
    await clock.advance(10_000);
    from.give(2);
    await turn();
    await clock.advance(290);
    expect(await failed()).toBeUndefined();
    await clock.advance(20);
    const why = "the upload to take of 'users' stood still: no item was asked for within 300 ms";
    expect(await failed()).toMatchObject({ code: 'DEADLINE_EXCEEDED', message: why });
    expect(call.items).toEqual(['1', '2']);
    expect(from.returned).toBe(1);
  },
);

test('once the upload has ended, by either side, the timeout counts anew', async () => {
  for (const end of ['source', 'handler'] as const) {
    const { clock, from, failed, upload, call } = begin();
    upload.credit(5, 1_000);
    await clock.advance(5_000);
    if (end === 'source') from.end();
    else upload.stop();
    await turn();
    expect(call.ended).toBe(end === 'source');
    expect(from.returned).toBe(end === 'source' ? 0 : 1);
    await clock.advance(990);
    expect(await failed()).toBeUndefined();
    await clock.advance(20);
    expect(await failed()).toMatchObject({
      message: expect.stringContaining('within 1000 ms of the end of its upload') as string,
    });
  }
});

test('an answer ends the upload, and its source is left once', async () => {
  const { answer, from, upload, call } = begin();
  upload.credit(5, 1_000);
  call.sink.reply('"enough"', true);
  expect(await answer).toBe('enough');
  upload.credit(5, 1_000);
  upload.stop();
  expect([from.asked, from.returned, call.ended]).toEqual([1, 1, false]);
});

test('what has not been asked for is tried again, and what has is not', async () => {
  for (const asked of [false, true]) {
    const { client, transport, clock } = handClient();
    const from = source();
    const failed = rejection(client.request('take', from, { timeout: 1_000 }));
    if (asked) transport.calls[0]!.sink.upload!.credit(1, 1);
    transport.calls[0]!.sink.lost(new Unavailable('going down'));
    await clock.advance(500);
    expect(transport.calls.length).toBe(asked ? 1 : 2);
    expect(from.returned).toBe(asked ? 1 : 0);
    if (!asked) transport.calls[1]!.sink.upload!.credit(1, 1);
    client.close();
    await failed;
    expect(from.returned).toBe(1);
  }
});

test('a Node.js stream that nobody reads is destroyed', async () => {
  const { client, transport } = handClient();
  const from = Readable.from(['a', 'b']);
  const answer = client.request('take', from);
  transport.calls[0]!.sink.reply('1', true);
  await answer;
  await turn();
  expect(from.destroyed).toBe(true);
});

test('a transport without uploads refuses them at the call', async () => {
  const { client, transport } = handClient();
  (transport.capabilities as { uploads: boolean }).uploads = false;
  expect(await rejection(client.request('take', source()))).toMatchObject({ code: 'CONFIGURATION' });
  expect(transport.calls).toEqual([]);
});

test('a value that came without credit ends the call: nobody makes a reader hold more than its window', async () => {
  const { client, transport } = handClient();
  const stream = client.stream('count');
  const { sink, granted } = transport.calls[0]!;
  for (let n = 0; n < granted; n++) sink.reply(String(n), false);
  sink.reply('1000', false);
  sink.reply('1001', false);
  const values: unknown[] = [];
  const error = await rejection(
    (async () => {
      for await (const value of stream) values.push(value);
    })(),
  );
  expect(values).toHaveLength(granted);
  expect(error).toMatchObject({ code: 'PROTOCOL_VIOLATION' });
  expect(transport.calls[0]!.cancelled).toBe(1);
});
