import type { Body, RookeryError } from '@rookery/core';
import { VirtualClock } from '@rookery/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StockReplies, StockReply } from '../src/nest-wire/stock-reply.js';
import { bodyOfStock, stockAnswer, stockValue } from '../src/nest-wire/values.js';

test('objects and arrays come back from the stock format as they were, all else as text', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const read = bodyOfStock(stockValue(JSON.stringify(value)) ?? null);
      if (value === null) expect(read).toBeUndefined();
      else if (typeof value === 'object') expect(read).toBe(JSON.stringify(value));
      else if (!/^[[{\0]/.test(String(value))) expect(read).toBe(JSON.stringify(String(value)));
    }),
  );
});

test('bytes are bytes, and text that is no JSON is text', () => {
  expect(bodyOfStock(Buffer.of(0, 1))).toEqual(Uint8Array.of(0, 1));
  expect(bodyOfStock(Buffer.from('{no json'))).toBe('"{no json"');
  expect(stockValue(Uint8Array.of(7))).toEqual(Buffer.of(7));
});

test('an answer with a key or a value is a message', () => {
  const [key, value] = [Buffer.from('k'), Buffer.from('{"n":1}')];
  expect(stockAnswer('{"key":"k","value":{"n":1},"headers":{"a":1}}')).toEqual({
    ...{ key, value, headers: [['a', '1']] },
  });
  expect(stockAnswer('{"key":"k"}')).toEqual({ key, value: undefined, headers: [] });
  const plain = '{"inner":{"value":1}}';
  expect(stockAnswer(plain)).toEqual({ key: undefined, value: Buffer.from(plain), headers: [] });
});

function reading(credit: number) {
  const clock = new VirtualClock();
  const replies = new StockReplies(clock);
  const got: Body[] = [];
  const ends: string[] = [];
  const sink = {
    reply(body: Body, last: boolean) {
      if (body !== undefined) got.push(body);
      if (last) ends.push('end');
    },
    fail: (failure: string) => void ends.push(failure),
    lost: (error: RookeryError) => void ends.push(error.code),
  };
  const reply = new StockReply(sink, credit, 'p', replies);
  const cancelled: unknown[] = [];
  reply.attach({ sent: true, credit() {}, cancel: (why) => void cancelled.push(why) });
  return { clock, replies, reply, got, ends, cancelled };
}

test('values wait for credit, the last one too, and an error comes after them', () => {
  const one = reading(1);
  for (const [body, last] of [
    ['1', false],
    ['2', false],
    ['3', true],
  ] as const)
    one.reply.reply(body, last);
  expect([one.got, one.ends]).toEqual([['1'], []]);
  one.reply.credit(1);
  expect([one.got, one.ends]).toEqual([['1', '2'], []]);
  one.reply.credit(5);
  expect([one.got, one.ends]).toEqual([['1', '2', '3'], ['end']]);
  const other = reading(1);
  for (const body of ['1', '2']) other.reply.reply(body, false);
  other.reply.fail('why');
  expect(other.ends).toEqual([]);
  other.reply.credit(1);
  expect([other.got, other.ends]).toEqual([['1', '2'], ['why']]);
});

test('a reader who is far behind holds up the others for a second at most', async () => {
  const { clock, replies, reply, ends, cancelled } = reading(1);
  for (let n = 0; n < 1_100; n++) reply.reply(String(n), false);
  let caughtUp = false;
  const held = replies.caughtUp().then(() => (caughtUp = true));
  await clock.advance(900);
  reply.credit(10);
  await clock.advance(900);
  expect([caughtUp, ends]).toEqual([false, []]);
  await clock.advance(200);
  await held;
  expect([ends, cancelled]).toEqual([['STREAM_OVERFLOW'], ['caller']]);
});

test('a reader who has taken half of what was held is not behind any more', async () => {
  const { replies, reply, got } = reading(1);
  for (let n = 0; n < 1_100; n++) reply.reply(String(n), false);
  const held = replies.caughtUp();
  reply.credit(600);
  await held;
  expect(got).toHaveLength(601);
});
