import { createEnvelope, slotOf, type Body, type Envelope, type Message } from '@rookery/core';
import fc from 'fast-check';

// Text as JavaScript has it, without the lone surrogates that UTF-8 cannot carry.
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'binary', minLength: 40, maxLength: 200 }),
  fc.constantFrom('', '__proto__', 'x'.repeat(42), 'x'.repeat(43), 'ß'.repeat(42), '👋'.repeat(21)),
);
const maybe = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined });

/** An envelope with any of its fields. */
export const envelope: fc.Arbitrary<Envelope> = fc
  .record({
    id: text,
    pattern: text,
    source: maybe(fc.oneof(text, fc.constant('bench'))),
    timeout: maybe(fc.maxSafeNat()),
    key: maybe(text),
    time: maybe(fc.double({ noNaN: true })),
    correlationId: maybe(text),
    causationId: maybe(text),
    traceparent: maybe(text),
    tracestate: maybe(text),
    baggage: maybe(text),
    caller: maybe(text),
    tenant: maybe(text),
    idempotencyKey: maybe(text),
    attempt: maybe(fc.maxSafeNat()),
    contentType: maybe(text),
    headers: maybe(fc.array(fc.tuple(text, text), { maxLength: 5 }).map((all) => Object.fromEntries(all))),
  })
  .map((fields) =>
    createEnvelope({ ...fields, slot: fields.key === undefined ? undefined : slotOf(fields.key) }),
  );

export const body: fc.Arbitrary<Body> = fc.oneof(
  fc.constant(undefined),
  text,
  fc.uint8Array({ maxLength: 300 }),
);

export const anyMessage: fc.Arbitrary<Message> = fc.record({ envelope, body }, { noNullPrototype: true });
