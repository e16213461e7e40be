import { isRookeryError, type Message } from '@rookery/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IncomingBodies } from '../src/connection/incoming-bodies.js';
import { MessageReader } from '../src/connection/message-reader.js';
import { MessageWriter } from '../src/connection/message-writer.js';
import { readOutcome, writeOutcome, type Outcome } from '../src/frames/ack.js';
import { Cursor } from '../src/frames/cursor.js';
import { FrameReader } from '../src/frames/frame-reader.js';
import { FrameType } from '../src/frames/frame-type.js';
import { FrameWriter } from '../src/frames/frame-writer.js';
import { readGoodbye } from '../src/frames/goodbye.js';
import { readHello, readWelcome } from '../src/frames/handshake.js';
import { KNOWN, MAX_PATTERNS } from '../src/frames/protocol.js';
import { anyMessage, body, envelope } from './arbitrary.js';
import { message } from './parties.js';
import { bytesOf, frame, hello, LIMITS, welcome } from './wire.js';

const PEER = { service: 'math', replica: 'm1', maxFrame: LIMITS.maxFrame, maxBody: 1 << 24, knows: KNOWN };

/** What the receiving side of a connection makes of bytes: the requests in them. */
function requestsIn(chunks: Iterable<Buffer>, maxFrame = LIMITS.maxFrame): Message[] {
  const messages: Message[] = [];
  const bodies = new IncomingBodies(PEER.maxBody);
  const reader = new MessageReader(bodies, 'bench');
  const frames = new FrameReader(maxFrame, (type, fields) => {
    if (type === FrameType.pattern) reader.pattern(fields);
    else if (type === FrameType.chunk) bodies.chunk(fields);
    else if (type === FrameType.request) {
      fields.varint();
      fields.varint();
      reader.message(fields, (one) => messages.push(one));
    }
  });
  for (const chunk of chunks) frames.push(chunk);
  return messages;
}

function requests(messages: readonly Message[]): Promise<Buffer> {
  return bytesOf((outgoing) => {
    const writer = new MessageWriter(outgoing, 'bench', PEER);
    for (const [index, one] of messages.entries()) writer.request(index + 1, one, one.envelope.timeout, 1);
  });
}

/** `read`, the code of Rookery's error, or a defect. */
function outcome(act: () => unknown): string {
  try {
    act();
    return 'read';
  } catch (error) {
    return isRookeryError(error) ? error.code : `a defect: ${String(error)}`;
  }
}

describe('a frame', () => {
  test('carries every envelope and body as it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyMessage, { maxLength: 5 }), async (messages) => {
        expect(requestsIn([await requests(messages)])).toStrictEqual(messages);
      }),
      { numRuns: 500 },
    );
  });

  test('has no attempt for a peer that does not know it', async () => {
    const one = message('retried', 'x', { attempt: 2, tenant: 'acme' });
    const bytes = await bytesOf((outgoing) => {
      new MessageWriter(outgoing, 'bench', { ...PEER, knows: [] }).request(1, one, undefined, 1);
    });
    expect(requestsIn([bytes])).toStrictEqual([
      { ...one, envelope: { ...one.envelope, attempt: undefined } },
    ]);
  });

  test('carries every body size around the limits of a chunk', async () => {
    for (const size of [65_535, 65_536, 65_537, 131_072, 200_000]) {
      const bytes = Buffer.alloc(size, 'rookery').subarray();
      const bodies = [
        new Uint8Array(bytes),
        bytes.toString('latin1'),
        'é'.repeat(size / 2),
        `x${'👋'.repeat(size / 4)}`,
      ];
      for (const one of bodies) {
        const sent = [message('large', one)];
        expect(requestsIn([await requests(sent)])).toStrictEqual(sent);
      }
    }
  });

  test('with a large body lets smaller ones pass', async () => {
    const messages = [300_000, 200_000, 100_000, 10].map((size) => message('sized', 'x'.repeat(size)));
    expect(requestsIn([await requests(messages)])).toStrictEqual(messages.toReversed());
  });

  test('comes out the same wherever reads cut it', async () => {
    const messages = [
      message('a', '[1,2,3]', { source: 'bench', timeout: 3 }),
      message('b', new Uint8Array([1, 2, 3]), { headers: { a: 'b' } }),
      message('a', undefined, { traceparent: 'x'.repeat(55) }),
    ];
    const bytes = await requests(messages);
    for (let first = 0; first <= bytes.length; first++) {
      for (let second = first; second <= bytes.length; second++) {
        const chunks = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
        expect(requestsIn(chunks)).toStrictEqual(messages);
      }
    }
    expect(requestsIn([...bytes].map((byte) => Buffer.of(byte)))).toStrictEqual(messages);
  });

  test('with a large body comes out the same wherever reads cut it', async () => {
    const messages = [message('large', 'ö'.repeat(50_000)), message('small', 'x')];
    const bytes = await requests(messages);
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(bytes.length), { maxLength: 40 }), (cuts) => {
        const sorted = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const chunks = sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
        expect(requestsIn(chunks)).toStrictEqual(messages.toReversed()); // the small one overtakes
      }),
      { numRuns: 100 },
    );
  });

  test('keeps its body when the read buffer is used again', async () => {
    const bytes = await requests([message('a', new Uint8Array([1, 2, 3]))]);
    const [got] = requestsIn([bytes]);
    bytes.fill(0);
    expect(got?.body).toStrictEqual(new Uint8Array([1, 2, 3]));
  });

  test('numbers a pattern once, and sends the text of those beyond the table each time', async () => {
    const messages = Array.from({ length: MAX_PATTERNS + 2 }, (_, index) => message(`p${index}`, undefined));
    const all = [...messages, ...messages.slice(-3)];
    const bytes = await requests(all);
    expect(requestsIn([bytes])).toStrictEqual(all);
    const defined: string[] = [];
    new FrameReader(LIMITS.maxFrame, (type, fields) => {
      if (type === FrameType.pattern) defined.push(`${fields.varint()} ${fields.restText()}`);
    }).push(bytes);
    expect(defined).toStrictEqual(
      messages.slice(0, MAX_PATTERNS).map((_, index) => `${index + 1} p${index}`),
    );
  });

  test('with an acknowledgement carries every outcome', () => {
    const outcome: fc.Arbitrary<Outcome> = fc.oneof(
      fc.constantFrom<Outcome>({ outcome: 'accept' }, { outcome: 'return' }),
      fc.maxSafeNat().map((after) => ({ outcome: 'retry' as const, after })),
      fc.maxSafeNat().map((after) => ({ outcome: 'retry' as const, after, uncounted: true })),
      fc
        .string({ unit: 'grapheme', maxLength: 99 })
        .map((reason) => ({ outcome: 'reject' as const, reason })),
    );
    fc.assert(
      fc.property(outcome, (one) => {
        const writer = new FrameWriter((bytes) => Buffer.alloc(bytes));
        writeOutcome(writer.begin(FrameType.ack, 5000), one);
        const { length } = writer;
        expect(readOutcome(new Cursor().moveTo(writer.release(), 5, length))).toStrictEqual(one);
      }),
    );
  });

  test('carries every whole number of 53 bits', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const writer = new FrameWriter((bytes) => Buffer.alloc(bytes));
        writer.begin(FrameType.cancel, 8).varint(value);
        const { length } = writer;
        expect(new Cursor().moveTo(writer.release(), 5, length).varint()).toBe(value);
      }),
      { examples: [[0], [127], [128], [2 ** 31 - 1], [2 ** 31], [2 ** 32], [Number.MAX_SAFE_INTEGER]] },
    );
  });
});

describe('the work of the reader', () => {
  test('grows with the bytes, not with their square, when they come one by one', async () => {
    const copiedOf = async (size: number) => {
      const bytes = await bytesOf((outgoing) => {
        const writer = new MessageWriter(outgoing, undefined, PEER);
        writer.request(1, message('echo', 'x'.repeat(size)), undefined, 1);
        for (let call = 2; call < size / 50; call++) writer.request(call, message('echo', 'y'), undefined, 1);
      });
      const reader = new FrameReader(LIMITS.maxFrame, () => undefined);
      for (let at = 0; at < bytes.length; at++) reader.push(bytes.subarray(at, at + 1));
      return reader.copied / bytes.length;
    };
    expect(await copiedOf(1_000)).toBeLessThan(3);
    expect(await copiedOf(60_000)).toBeLessThan(3);
    expect(await copiedOf(600_000)).toBeLessThan(3);
  });

  test('copies nothing of frames that come whole', async () => {
    const bytes = await requests(Array.from({ length: 1_000 }, () => message('echo', 'x')));
    const reader = new FrameReader(LIMITS.maxFrame, () => undefined);
    reader.push(bytes);
    expect(reader.copied).toBe(0);
  });

  test('ends at a frame that is too large before any of it is kept', () => {
    const reader = new FrameReader(1_000, () => undefined);
    const head = Buffer.from([0x52, 0x4b, 0x52, 0x59, 0, 0, 0x03, 0xe9]);
    expect(() => reader.push(head)).toThrow('a frame of 1001 bytes; this side takes at most 1000');
    expect(reader.copied).toBe(0);
  });
});

describe('a reader that gets anything at all', () => {
  test('gives whole frames or refuses, and keeps no more than the largest frame', () => {
    const head = Buffer.from('RKRY');
    const length = fc.nat(300).map((value) => Buffer.from([0, 0, value >> 8, value & 0xff]));
    const part = fc.oneof(
      fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
      fc.tuple(length, fc.uint8Array({ maxLength: 320 })).map((parts) => Buffer.concat(parts)),
    );
    fc.assert(
      fc.property(fc.boolean(), fc.array(part, { maxLength: 30 }), fc.nat(500), (begun, parts, step) => {
        const bytes = Buffer.concat(begun ? [head, ...parts] : parts);
        const given: number[] = [];
        const reader = new FrameReader(256, (_, fields) => given.push(fields.remaining + 5));
        const pieces = Array.from({ length: Math.ceil(bytes.length / (step + 1)) }, (_, index) =>
          bytes.subarray(index * (step + 1), (index + 1) * (step + 1)),
        );
        const result = outcome(() => {
          for (const piece of pieces) {
            reader.push(piece);
            expect(reader.buffered).toBeLessThanOrEqual(2048);
          }
        });
        expect(result).toMatch(/^(read|PROTOCOL_VIOLATION)$/);
        expect(given.every((size) => size <= 260)).toBe(true);
        expect(given.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 3_000 },
    );
  });

  test('never keeps more than the largest frame, however slowly it comes', () => {
    const reader = new FrameReader(100_000, () => undefined);
    reader.push(Buffer.from([...Buffer.from('RKRY'), 0, 1, 0x86, 0xa0]));
    for (let sent = 1; sent < 100_000; sent += 777) {
      reader.push(Buffer.alloc(Math.min(777, 100_000 - sent)));
      expect(reader.buffered).toBeLessThanOrEqual(100_004);
    }
  });
});

describe('the readers of all frames', () => {
  const readers: Record<string, (fields: Cursor) => unknown> = {
    hello: readHello,
    welcome: readWelcome,
    goodbye: readGoodbye,
    outcome: readOutcome,
    message: (fields) => new MessageReader(new IncomingBodies(1 << 20), 'x').message(fields, () => undefined),
    pattern: (fields) => new MessageReader(new IncomingBodies(1 << 20), 'x').pattern(fields),
    chunk: (fields) => new IncomingBodies(1 << 20).chunk(fields),
    numbers: (fields) => [fields.varint(), fields.float(), fields.text(), fields.finish()],
  };

  test('throw nothing but ProtocolViolation at random bytes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(readers)),
        fc.uint8Array({ maxLength: 60 }),
        (name, bytes) => {
          const cursor = new Cursor().moveTo(Buffer.from(bytes), 0, bytes.length);
          expect(outcome(() => readers[name]?.(cursor))).toMatch(/^(read|PROTOCOL_VIOLATION)$/);
        },
      ),
      { numRuns: 20_000 },
    );
  });

  test('throw nothing but ProtocolViolation at frames with some bytes changed', async () => {
    const seeds = [
      hello(),
      welcome({ subscriptions: [{ endpoint: 'e', patterns: ['p'], broadcast: true, concurrency: 1 }] }),
    ];
    const rich = await requests(
      fc.sample(fc.record({ envelope, body }, { noNullPrototype: true }), { numRuns: 5, seed: 7 }),
    );
    const change = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.constantFrom(rich, ...seeds), change, (seed, changes) => {
        const bytes = Buffer.from(seed);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const result = outcome(() => {
          if (seed === rich) requestsIn([bytes]);
          else
            readers[seed === seeds[0] ? 'hello' : 'welcome']?.(new Cursor().moveTo(bytes, 5, bytes.length));
        });
        expect(result).toMatch(/^(read|PROTOCOL_VIOLATION)$/);
      }),
      { numRuns: 5_000 },
    );
  });

  test('refuse a subscription that cannot be matched', () => {
    const routes = [{ endpoint: 'e', patterns: ['a.>.b'], broadcast: false, concurrency: 1 }];
    const bytes = welcome({ subscriptions: routes });
    const read = () => readWelcome(new Cursor().moveTo(bytes, 5, bytes.length));
    expect(read).toThrow(/WELCOME: '>' stands for the rest/);
  });

  test.each([
    ['a frame without a type', [Buffer.from([0x52, 0x4b, 0x52, 0x59, 0, 0, 0, 0])], 'without a type'],
    ['another protocol', [Buffer.from('GET / HTTP/1.1\r\n')], 'does not speak the Rookery protocol'],
    ['a pattern out of turn', [Buffer.from('RKRY'), frame(6, [2], 'x')], 'pattern number 2 out of turn'],
    ['a pattern that was not defined', [Buffer.from('RKRY'), frame(8, [1, 1, 0, 5])], 'never defined'],
    ['a chunk of nothing', [Buffer.from('RKRY'), frame(7, [1], 'x')], 'was not announced'],
    [
      'a chunk of another size',
      [
        Buffer.from('RKRY'),
        frame(6, [1], 'x'),
        frame(8, [1, 1, 5, 1, 0, 0, 1, 0x80, 0x80, 8]),
        frame(7, [1], 'x'),
      ],
      'a chunk of 1 bytes, where 65536 are due',
    ],
    [
      'a body in chunks that is none',
      [Buffer.from('RKRY'), frame(6, [1], 'x'), frame(8, [1, 1, 4, 1, 0, 0, 1, 0x80, 0x80, 8])],
      'neither text nor bytes',
    ],
    ['unknown flags', [Buffer.from('RKRY'), frame(8, [1, 1, 0x20])], 'flags that version 1 does not have'],
  ])('say what is wrong with %s', (_, parts, problem) => {
    expect(() => requestsIn(parts)).toThrow(problem);
  });
});
