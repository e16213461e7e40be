import { eventually } from '@rookery/testing';
import { expect, test } from 'vitest';
import { AckOutcome } from '../src/frames/ack.js';
import { FrameReader } from '../src/frames/frame-reader.js';
import { FrameType } from '../src/frames/frame-type.js';
import { GoodbyeReason } from '../src/frames/goodbye.js';
import { MAGIC } from '../src/frames/protocol.js';
import { HOST, party, Subscriber, subscription } from './parties.js';
import { dial, frame, hello } from './wire.js';

const PATTERN = frame(FrameType.pattern, [1], 'happened');
const event = (delivery: number) => frame(FrameType.event, [delivery, 0, 1, 1, 1, 0, 1], 'i', 'x');

test('events of one subscription are bounded by its concurrency: an ACK makes room, more are a violation', async () => {
  const held = new Subscriber(true);
  const server = party('audit', { listen: { host: HOST, port: 0 } });
  server.transport.subscribe(subscription('audit', { concurrency: 2 }), held.take);
  await server.transport.open();
  const port = Number(new URL(server.transport.describe().addresses[0] as string).port);
  const peer = dial(port, hello(), PATTERN, event(1), event(2));
  await eventually(() => held.deliveries.length === 2);
  held.deliveries[0]?.settle({ outcome: 'accept' });
  await eventually(() => peer.of(FrameType.ack).length === 1);
  expect([...(peer.of(FrameType.ack)[0] as Buffer)]).toStrictEqual([1, AckOutcome.accept]);
  peer.send(event(3));
  await eventually(() => held.deliveries.length === 3);
  expect(peer.goodbye).toBeUndefined();

  peer.send(event(4));
  await peer.closed;
  expect(peer.goodbye).toStrictEqual({
    reason: GoodbyeReason.violation,
    text: 'malformed bytes: more than 2 events for subscription 0 at once',
  });
  expect(held.deliveries).toHaveLength(3);
});

test('a reader that is halted by a frame gives the rest of the read when it goes on, cut or whole', () => {
  const bytes = Buffer.concat([MAGIC, ...[1, 2, 3, 4].map((type) => frame(type, [type]))]);
  for (let cut = MAGIC.length; cut <= bytes.length; cut++) {
    const given: number[] = [];
    const reader: FrameReader = new FrameReader(1_000, (type) => {
      given.push(type);
      if (type % 2 === 0) reader.halt();
    });
    const upTo = (count: number) => cut >= MAGIC.length + count * 6;
    reader.push(bytes.subarray(0, cut));
    expect(given).toStrictEqual([1, 2].filter(upTo));
    if (upTo(2)) reader.go();
    reader.push(bytes.subarray(cut));
    if (!upTo(2)) {
      expect(given).toStrictEqual([1, 2]);
      reader.go();
    }
    expect(given).toStrictEqual([1, 2, 3, 4]);
  }
});
