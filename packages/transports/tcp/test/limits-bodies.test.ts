import { decodeFailure } from '@rookery/core';
import { eventually, VirtualClock } from '@rookery/testing';
import { describe, expect, test } from 'vitest';
import { FrameType } from '../src/frames/frame-type.js';
import { GoodbyeReason } from '../src/frames/goodbye.js';
import { CHUNK_SIZE } from '../src/frames/protocol.js';
import { ask, HOST, message, party, serve, Subscriber, subscription } from './parties.js';
import { dial, frame, hello, type Peer } from './wire.js';

const PATTERN = frame(FrameType.pattern, [1], 'echo');
const small = (number: number) => frame(FrameType.request, [number, 1, 1, 1, 0, 1], 'i', 'x');
/** The announcement of a body of two chunks: 131,072 bytes. */
const LARGE = 2 * CHUNK_SIZE;
const large = (call: number, body: number) =>
  frame(FrameType.request, [call, 1, 2 | 4, 1, 0, 1], 'i', [body, 0x80, 0x80, 0x08]);
const chunk = (body: number) => frame(FrameType.chunk, [body], new Uint8Array(CHUNK_SIZE));

const failures = (peer: Peer) =>
  peer.of(FrameType.fail).map((fields) => decodeFailure(fields.toString('utf8', 2), false));

/** Resolves when what `peer` sent before has been read. */
async function read(peer: Peer): Promise<void> {
  const pongs = peer.of(FrameType.pong).length;
  peer.send(frame(FrameType.ping));
  await eventually(() => peer.of(FrameType.pong).length > pongs);
}

describe('a frame that has begun', () => {
  test('and does not end in time closes the connection', async () => {
    const clock = new VirtualClock();
    const server = await serve('math', { clock, frameTimeout: 1_000, heartbeat: 60_000 });
    const peer = dial(server.port, hello(), PATTERN);
    await read(peer);
    peer.send(frame(FrameType.ping), small(1).subarray(0, 9));
    await eventually(() => peer.of(FrameType.pong).length === 2);
    await clock.advance(500);
    expect(peer.goodbye).toBeUndefined();
    await clock.advance(500);
    await peer.closed;
    expect(peer.goodbye).toStrictEqual({
      reason: GoodbyeReason.violation,
      text: 'a frame that had begun was not complete within 1000 ms (frameTimeout)',
    });
    expect(server.log.about('(frameTimeout)')).toHaveLength(1);
  });

  test('may come in pieces, one frame after another, for as long as each is complete in time', async () => {
    const clock = new VirtualClock();
    const server = await serve('math', { clock, frameTimeout: 1_000, heartbeat: 60_000 });
    const peer = dial(server.port, hello(), PATTERN);
    await read(peer);
    for (let number = 1; number <= 5; number++) {
      peer.send(frame(FrameType.ping), small(number).subarray(0, 9));
      await eventually(() => peer.of(FrameType.pong).length === 1 + number);
      await clock.advance(900);
      peer.send(small(number).subarray(9));
      await eventually(() => peer.of(FrameType.reply).length === number);
    }
    await clock.advance(1_000);
    expect(clock.timers).toBe(1); // the heartbeat: nothing is unfinished
    peer.socket.destroy();
  });
});

describe('a large body', () => {
  test('without a chunk in time is refused, and its connection goes on', async () => {
    const clock = new VirtualClock();
    const server = await serve('math', { clock, frameTimeout: 1_000, heartbeat: 60_000 });
    const peer = dial(server.port, hello(), PATTERN, large(1, 1), chunk(1), large(2, 2));
    await read(peer);
    for (let round = 0; round < 3; round++) await clock.advance(500);
    await eventually(() => peer.of(FrameType.fail).length === 2);
    expect(failures(peer)).toMatchObject([
      {
        code: 'UNAVAILABLE',
        recourse: 'retryable',
        message: expect.stringContaining('frameTimeout') as string,
      },
      { code: 'UNAVAILABLE' },
    ]);
    peer.send(chunk(1), small(3)); // what comes late is thrown away
    await eventually(() => peer.of(FrameType.reply).length === 1);
    expect(peer.goodbye).toBeUndefined();
  });

  test('beyond what may arrive on one connection is refused, and its chunks are thrown away', async () => {
    const server = await serve('math', { maxBody: LARGE, maxBuffered: 2 * LARGE });
    const peer = dial(server.port, hello(), PATTERN, large(1, 1), large(2, 2), large(3, 3));
    await eventually(() => peer.of(FrameType.fail).length === 1);
    expect(failures(peer)).toMatchObject([
      {
        code: 'QUEUE_FULL',
        recourse: 'retryable',
        message: expect.stringMatching(/131072 bytes on top of 262144.*not started.*maxBuffered$/) as string,
      },
    ]);
    peer.send(chunk(3), chunk(1), chunk(1), chunk(3), large(4, 4), chunk(4), chunk(4), chunk(2), chunk(2));
    await eventually(() => peer.of(FrameType.reply).length === 3);
    expect(peer.of(FrameType.fail)).toHaveLength(1);
  });

  test('beyond what may arrive on all connections is refused; a connection that ends makes room', async () => {
    const limits = { maxBody: LARGE, maxBuffered: LARGE, maxBufferedInAll: LARGE };
    const server = await serve('math', limits);
    const first = dial(server.port, hello(), PATTERN, large(1, 1), chunk(1));
    await read(first);
    const second = dial(server.port, hello(), PATTERN, large(1, 1), chunk(1));
    await read(second);
    const third = dial(server.port, hello(), PATTERN, large(1, 1), chunk(1));
    await eventually(() => third.of(FrameType.fail).length === 1);
    expect(failures(third)).toMatchObject([
      {
        code: 'QUEUE_FULL',
        message: expect.stringMatching(/131072 bytes already.*maxBufferedInAll$/) as string,
      },
    ]);
    for (const { socket } of [first, second]) socket.destroy();
    let number = 1;
    third.send(chunk(1));
    await eventually(() => {
      number++; // until the server has seen that the others are gone, these are refused
      third.send(large(number, number), chunk(number), chunk(number));
      return third.of(FrameType.reply).length > 0;
    });
  });

  test('of an event beyond that is given back, and comes again', async () => {
    const taken = new Subscriber();
    const server = party('audit', { listen: { host: HOST, port: 0 }, maxBody: LARGE, maxBuffered: LARGE });
    server.transport.subscribe(subscription('audit', { patterns: ['happened'] }), taken.take);
    await server.transport.open();
    const url = server.transport.describe().addresses[0] as string;
    const { transport } = party('caller', { services: { audit: url } });
    await transport.reach({ service: 'audit' });
    const bodies = Array.from({ length: 6 }, (_, index) => `${index}`.repeat(LARGE - 1));
    await transport.publish(bodies.map((body) => ({ message: message('happened', body) })));
    await eventually(() => taken.deliveries.length === 6);
    expect(new Set(taken.bodies)).toStrictEqual(new Set(bodies));
    expect(taken.deliveries.map(({ attempt }) => attempt)).toStrictEqual([1, 1, 1, 1, 1, 1]);
  });

  test('that is refused is not sent to its end by our own client', async () => {
    const server = await serve('math', { maxBody: 8 * 1024 * 1024, maxBuffered: 8 * 1024 * 1024 });
    const { transport } = party('caller', { services: { math: server.url } });
    await transport.reach({ service: 'math' });
    const bodies = Array.from({ length: 3 }, () => 'x'.repeat(5 * 1024 * 1024));
    const results = await Promise.allSettled(bodies.map((body) => ask(transport, 'math', body)));
    expect(results.map(({ status }) => status)).toStrictEqual(['fulfilled', 'rejected', 'rejected']);
    expect(await ask(transport, 'math', bodies[0] as string)).toHaveLength(5 * 1024 * 1024);
  });
});
