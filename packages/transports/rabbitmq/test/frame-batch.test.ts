import { createEnvelope, systemClock, type Frame } from '@rookery/core';
import type { Message as AmqpMessage } from 'amqplib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { propertiesOf } from '../src/message/properties.js';
import { batched, framesIn } from '../src/requests/frame-batch.js';
import { readFrame, writeFrame, type Written } from '../src/requests/frame-codec.js';

const body = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.uint8Array(),
  fc.constant(undefined),
  fc.constant('x'.repeat(9_000)),
);
const call = fc.string({ minLength: 1, unit: 'grapheme' });
const frame: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({ type: fc.constant('reply' as const), call, from: fc.constant('me'), body, last: fc.boolean() }),
  fc.record({ type: fc.constant('failure' as const), call, failure: fc.string({ unit: 'grapheme' }) }),
  fc.record({ type: fc.constant('credit' as const), call, count: fc.nat() }),
  fc.record({ type: fc.constant('item' as const), call, body }),
  fc.record({ type: fc.constant('cancel' as const), call }),
  fc
    .record({
      call,
      body,
      timeout: fc.constantFrom(undefined, 5_000, 7_000),
      header: fc.string({ unit: 'grapheme' }),
      contentType: fc.constantFrom(undefined, '', 'text/x'),
    })
    .map(({ call, body, timeout, header, contentType }) => ({
      type: 'request' as const,
      ...{ call, from: 'me', credit: 3, upload: false },
      message: {
        envelope: createEnvelope({ id: call, pattern: 'p', timeout, contentType, headers: { header } }),
        body,
      },
    })),
);

/** As the broker delivers it. */
function delivered({ content, options }: Written): AmqpMessage {
  const replyTo = options.replyTo && 'me';
  return {
    content,
    properties: { ...options, replyTo },
    fields: { routingKey: 'q' },
  } as unknown as AmqpMessage;
}

function read(message: AmqpMessage): Frame {
  return readFrame(propertiesOf(message), message.content, systemClock, Infinity);
}

test('frames come out of their messages in their order as if each had come by itself', () => {
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 40 }),
      fc.integer({ min: 1, max: 50 }),
      fc.constantFrom(600, 2_000, Infinity),
      (frames, most, limit) => {
        const written = frames.map((each) => writeFrame(each, 'me', systemClock));
        const messages = batched(written, most, limit);
        for (const { content, options } of messages) {
          expect(content.length).toBeLessThanOrEqual(
            options.type === 'frames' ? Math.min(limit, 16_000) : Infinity,
          );
          const parts = framesIn(delivered({ content, options }));
          expect(parts.length).toBeLessThanOrEqual(most);
          if (parts.some((part) => propertiesOf(part).type === 'request'))
            expect(options.mandatory).toBe(true);
        }
        expect(messages.flatMap((message) => framesIn(delivered(message)).map(read))).toEqual(
          written.map((each) => read(delivered(each))),
        );
      },
    ),
  );
});

test('requests of which the broker drops one sooner than the other are not one message', () => {
  const request = (timeout: number): Written =>
    writeFrame(
      {
        ...{ type: 'request', call: `c${timeout}`, from: 'me', credit: 1, upload: false },
        message: { envelope: createEnvelope({ id: 'i', pattern: 'p', timeout }), body: '1' },
      },
      'me',
      systemClock,
    );
  const messages = batched([request(100), request(100), request(200)], 10, Infinity);
  expect(messages.map(({ options }) => [options.type, options.expiration])).toEqual([
    ['frames', '100'],
    ['request', '200'],
  ]);
});

test('what has a priority of its own stays by itself', () => {
  const one = writeFrame({ type: 'cancel', call: 'a' }, 'me', systemClock);
  const urgent = { ...one, options: { ...one.options, priority: 5 } };
  expect(batched([one, urgent, one], 10, Infinity)).toEqual([one, urgent, one]);
});

const list = (entries: unknown, ...contents: string[]): Buffer => {
  const json = Buffer.from(JSON.stringify(entries));
  const size = Buffer.alloc(4);
  size.writeUInt32BE(json.length);
  return Buffer.concat([size, json, ...contents.map((each) => Buffer.from(each))]);
};

test.for([
  ['nothing', Buffer.alloc(0)],
  ['a list that is cut off', Buffer.of(0, 0, 1, 0, 0x5b)],
  ['no JSON', list('x').fill(0x7b, 4)],
  ['no list', list({ a: 1 })],
  ['an entry that is none', list([[3, 'cancel']], 'abc')],
  ['a negative size', list([[-1, 'cancel', 'c', null, null, null]])],
  ['headers that are text', list([[0, 'cancel', 'c', null, null, 'h']])],
  ['less content than the list says', list([[4, 'cancel', 'c', null, null, null]], 'abc')],
])('%s is no message of several frames', ([, content]) => {
  const message = delivered({ content: content as Buffer, options: { type: 'frames' } });
  expect(() => framesIn(message)).toThrow(/several frames/);
});
