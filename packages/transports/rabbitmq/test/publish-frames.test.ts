import { createRequire } from 'node:module';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { publishFrames, type PublishFields } from '../src/connection/publish-frames.js';

const fromAmqplib = createRequire(createRequire(import.meta.url).resolve('amqplib'));
const { publish } = fromAmqplib('./lib/api_args.js') as {
  publish(exchange: string, routingKey: string, options: object): PublishFields;
};
const defs = fromAmqplib('./lib/defs.js') as {
  BasicPublish: number;
  BasicProperties: number;
  encodeMethod(method: number, channel: number, fields: PublishFields): Buffer;
  encodeProperties(properties: number, channel: number, size: number, fields: PublishFields): Buffer;
};
const { makeBodyFrame } = fromAmqplib('./lib/frame.js') as {
  makeBodyFrame(channel: number, content: Buffer): Buffer;
};

/** What amqplib itself writes. */
function amqplibs(channel: number, fields: PublishFields, content: Buffer): Buffer {
  return Buffer.concat([
    defs.encodeMethod(defs.BasicPublish, channel, fields),
    defs.encodeProperties(defs.BasicProperties, channel, content.length, fields),
    ...(content.length > 0 ? [makeBodyFrame(channel, content)] : []),
  ]);
}

const name = fc.string({ unit: 'binary', maxLength: 60 });
const value = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.maxSafeInteger().filter((number) => Math.abs(number) < 2 ** 50),
  fc.integer({ min: -40_000, max: 40_000 }),
  fc.boolean(),
  fc.constant(undefined),
);
const text = fc.option(fc.string({ unit: 'binary', maxLength: 80 }), { nil: undefined });
const options = fc.record(
  {
    headers: fc.dictionary(name, value, { maxKeys: 12 }),
    contentType: text,
    correlationId: text,
    replyTo: text,
    expiration: text,
    messageId: text,
    type: text,
    persistent: fc.boolean(),
    mandatory: fc.boolean(),
  },
  { requiredKeys: [] },
);

test('whatever is written, it is what amqplib writes', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 65_535 }),
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ unit: 'binary', maxLength: 60 }),
      options,
      fc.uint8Array({ maxLength: 3_000 }),
      (channel, exchange, routingKey, given, bytes) => {
        const fields = publish(exchange, routingKey, given);
        const content = Buffer.from(bytes);
        const written = publishFrames(channel, fields, content);
        expect(written?.equals(amqplibs(channel, fields, content))).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});

test('many in a row do not touch each other', () => {
  const content = Buffer.alloc(1_000, 'x');
  const each = Array.from({ length: 2_000 }, (_, index) =>
    publish('', `queue-${index}`, { headers: { index } }),
  );
  const written = each.map((fields) => publishFrames(1, fields, content));
  for (const [index, fields] of each.entries()) {
    expect(written[index]?.equals(amqplibs(1, fields, content))).toBe(true);
  }
});

test.each([
  ['a large body', {}, Buffer.alloc(10_000)],
  ['large headers', { headers: { large: 'x'.repeat(20_000) } }, Buffer.alloc(1)],
  ['a text that is too long', { messageId: 'x'.repeat(256) }, Buffer.alloc(1)],
  ['the name of a header that is too long', { headers: { ['x'.repeat(256)]: 1 } }, Buffer.alloc(1)],
  ['copies to other queues', { CC: ['another'] }, Buffer.alloc(1)],
  ['a header that is a list', { headers: { list: ['x'] } }, Buffer.alloc(1)],
  ['a fraction', { headers: { half: 0.5 } }, Buffer.alloc(1)],
  ['a number that is none', { headers: { none: NaN } }, Buffer.alloc(1)],
  ['a priority', { priority: 1 }, Buffer.alloc(1)],
  ['a time', { timestamp: 1 }, Buffer.alloc(1)],
])('%s is left to amqplib, and harms nothing that comes after it', (_, given, content) => {
  expect(publishFrames(1, publish('', 'queue', given), content)).toBeUndefined();
  const fields = publish('', 'queue', { type: 'next' });
  expect(publishFrames(1, fields, content.subarray(0, 1))).toEqual(
    amqplibs(1, fields, content.subarray(0, 1)),
  );
});
