import {
  decodeFailure,
  encodeFailure,
  UploadFailed,
  type Body,
  type RequestHandler,
  type Responder,
  type UploadDemand,
  type UploadItems,
} from '@rookery/core';
import { eventually, rejection } from '@rookery/testing';
import { describe, expect, test } from 'vitest';
import { HIGH_WATER } from '../src/connection/limits.js';
import { BodyFlag } from '../src/frames/body-flags.js';
import { FrameType } from '../src/frames/frame-type.js';
import { GoodbyeReason } from '../src/frames/goodbye.js';
import { CHUNK_SIZE, MAGIC } from '../src/frames/protocol.js';
import { Answer, ask, message, party, serve } from './parties.js';
import { dial, frame, hello, listen, welcome, type Peer } from './wire.js';

const PATTERN = frame(FrameType.pattern, [1], 'take');
const request = (call: number) => frame(FrameType.request, [call, 1, BodyFlag.upload, 1, 0, 1], 'i');
const item = (call: number, body: string) => frame(FrameType.item, [call, 1], body);
const last = (call: number) => frame(FrameType.item, [call, BodyFlag.last]);

/** Serves uploads; each is asked for and answered by hand. */
function byHand() {
  const taken: { items: Body[]; ended: unknown; responder: Responder; cancelled: unknown }[] = [];
  const handler: RequestHandler = (_message, _credit, responder) => {
    const one = {
      items: [] as Body[],
      ended: undefined as unknown,
      responder,
      cancelled: undefined as unknown,
    };
    taken.push(one);
    const upload: UploadItems = {
      write: (body) => one.items.push(body),
      end: () => void (one.ended = 'end'),
      fail: (failure) => void (one.ended = decodeFailure(failure, false)),
    };
    return { credit() {}, cancel: (cause) => void (one.cancelled = cause ?? 'cancelled'), upload };
  };
  return { taken, handler };
}

/** A request with an upload, as the core makes one; what is asked for, a test sees. */
class Sender extends Answer {
  readonly asked: [count: number, bytes: number][] = [];
  stopped = 0;
  readonly upload: UploadDemand = {
    credit: (count, bytes) => void this.asked.push([count, bytes]),
    stop: () => void this.stopped++,
  };
}

async function greeted(port: number, ...parts: Uint8Array[]): Promise<Peer> {
  const peer = dial(port, hello({ knows: ['uploads'] }), PATTERN, ...parts);
  await eventually(() => peer.of(FrameType.welcome).length === 1);
  return peer;
}

describe('an upload', () => {
  test('is asked for, item by item, and ends in either way', async () => {
    const { taken, handler } = byHand();
    const server = await serve('math', { handler });
    const { transport } = party('caller', { services: { math: server.url } });
    const sender = new Sender();
    const call = transport.request({ service: 'math' }, message('take', undefined), 1, sender);
    await eventually(() => taken.length === 1);
    expect(sender.asked).toStrictEqual([]);
    taken[0]?.responder.upload?.credit(3, 200_000);
    await eventually(() => sender.asked.length === 1);
    expect(sender.asked).toStrictEqual([[3, 200_000]]);
    // What follows a large item waits for it.
    const large = 'é'.repeat(CHUNK_SIZE);
    call.upload?.write(large);
    call.upload?.write(Uint8Array.of(1, 2));
    call.upload?.write(undefined);
    call.upload?.end();
    await eventually(() => taken[0]?.ended === 'end');
    expect(taken[0]?.items).toStrictEqual([large, Uint8Array.of(1, 2), undefined]);
    taken[0]?.responder.reply('"done"', true);
    expect(await sender.one()).toBe('"done"');

    const other = new Sender();
    const broken = transport.request({ service: 'math' }, message('take', undefined), 1, other);
    await eventually(() => taken.length === 2);
    taken[1]?.responder.upload?.stop();
    await eventually(() => other.stopped === 1);
    broken.upload?.fail(encodeFailure(new UploadFailed('out of paper'), false));
    await eventually(() => taken[1]?.ended !== undefined);
    expect(taken[1]?.ended).toMatchObject({ code: 'UPLOAD_FAILED', message: 'out of paper' });
  });

  test('that its caller’s connection leaves behind ends with ConnectionLost', async () => {
    const { taken, handler } = byHand();
    const server = await serve('math', { handler });
    const peer = await greeted(server.port, request(1));
    await eventually(() => taken.length === 1);
    peer.socket.destroy();
    await eventually(() => taken[0]?.cancelled !== undefined);
    expect(taken[0]?.cancelled).toMatchObject({ code: 'CONNECTION_LOST' });
  });

  test.each([
    ['an item without credit', [request(1), item(1, 'x')], 'an ITEM of call 1 without credit'],
    [
      'an item of another request',
      [frame(FrameType.request, [1, 1, 1, 1, 0, 1], 'i', 'x'), item(1, 'x')],
      'an ITEM of a request without an upload',
    ],
    [
      'an upload with a body',
      [frame(FrameType.request, [1, 1, BodyFlag.upload | 1, 1, 0, 1], 'i', 'x')],
      'an upload with a body',
    ],
  ])('%s is a violation', async (_, parts, problem) => {
    const { handler } = byHand();
    const server = await serve('math', { handler });
    const peer = await greeted(server.port, ...parts);
    await peer.closed;
    expect(peer.goodbye).toStrictEqual({
      reason: GoodbyeReason.violation,
      text: `malformed bytes: ${problem}`,
    });
  });

  test('that has ended ignores what crosses its end', async () => {
    const { taken, handler } = byHand();
    const server = await serve('math', { handler });
    const peer = await greeted(server.port, request(1));
    await eventually(() => taken.length === 1);
    taken[0]?.responder.upload?.credit(5, 500);
    taken[0]?.responder.upload?.stop();
    await eventually(() => peer.of(FrameType.enough).length === 1);
    peer.send(item(1, 'a'), item(1, 'b'));
    taken[0]?.responder.reply('1', true);
    await eventually(() => peer.of(FrameType.reply).length === 1);
    peer.send(item(1, 'c'), last(1), frame(FrameType.broken, [1], '{}'), frame(FrameType.ping));
    await eventually(() => peer.of(FrameType.pong).length === 1);
    expect(taken[0]?.items).toStrictEqual([]);
    expect(peer.goodbye).toBeUndefined();
  });

  test('holds no more than maxBuffered of a connection, and gives it back as it is read', async () => {
    const { taken, handler } = byHand();
    const server = await serve('math', { handler, maxBody: 40_000, maxBuffered: 100_000 });
    const peer = await greeted(server.port, request(1), request(2));
    await eventually(() => taken.length === 2);
    for (const { responder } of taken) responder.upload?.credit(10, 1_000_000);
    await eventually(() => peer.of(FrameType.demand).length === 2);
    const big = 'x'.repeat(40_000);
    peer.send(item(1, big), item(2, big));
    await eventually(() => taken[1]?.items.length === 1);
    taken[0]?.responder.upload?.credit(1, big.length);
    peer.send(item(1, big));
    await eventually(() => taken[0]?.items.length === 2);
    peer.send(item(2, big));
    await eventually(() => peer.of(FrameType.fail).length === 1);
    const failure = decodeFailure(peer.of(FrameType.fail)[0]?.toString('utf8', 2) ?? '', false);
    expect(failure).toMatchObject({ code: 'QUEUE_FULL', recourse: 'unknown' });
    expect(taken[1]?.cancelled).toBe('cancelled');
    peer.send(item(1, big)); // what the other held is free
    await eventually(() => taken[0]?.items.length === 3);
  });
});

describe('a caller', () => {
  test('of a replica that does not know uploads says which side to upgrade, and sends nothing', async () => {
    const peers: Peer[] = [];
    const { url } = await listen((peer) =>
      peers.push(peer.send(MAGIC, welcome({ service: 'math', knows: ['attempt'] }))),
    );
    const { transport } = party('caller', { services: { math: url } });
    const sender = new Sender();
    transport.request({ service: 'math' }, message('take', undefined), 1, sender);
    expect(await rejection(sender.one())).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(
        /replica by hand of 'math' .* without uploads; never sent: upgrade 'math'/,
      ) as string,
    });
    expect(peers[0]?.of(FrameType.request)).toStrictEqual([]);
  });

  test('of a service on stock Nest’s wire is told that it has none', async () => {
    const { url } = await listen(() => undefined);
    const { transport } = party('caller', { services: { old: { addresses: [url], wire: 'nest' } } });
    const sender = new Sender();
    transport.request({ service: 'old' }, message('take', undefined), 1, sender);
    expect(await rejection(sender.one())).toMatchObject({ code: 'CONFIGURATION' });
  });

  test('of a service that takes less than an item has ends with PayloadTooLarge, which the service learns', async () => {
    const { taken, handler } = byHand();
    const server = await serve('math', { handler, maxBody: 1_000 });
    const { transport } = party('caller', { services: { math: server.url } });
    const sender = new Sender();
    const call = transport.request({ service: 'math' }, message('take', undefined), 1, sender);
    await eventually(() => taken.length === 1);
    taken[0]?.responder.upload?.credit(10, 10_000);
    await eventually(() => sender.asked.length === 1);
    call.upload?.write('x'.repeat(1_001));
    expect(await rejection(sender.one())).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    await eventually(() => taken[0]?.cancelled === 'cancelled');
  });

  test('asks no source for more while much waits for the service to read', async () => {
    const peers: Peer[] = [];
    const { url } = await listen((peer) =>
      peers.push(peer.send(MAGIC, welcome({ service: 'math', knows: ['uploads'] }))),
    );
    const { transport } = party('caller', { services: { math: url } });
    const [first, second] = [new Sender(), new Sender()];
    const call = transport.request({ service: 'math' }, message('take', undefined), 1, first);
    transport.request({ service: 'math' }, message('take', undefined), 1, second);
    await eventually(() => peers[0]?.of(FrameType.request).length === 2);
    const peer = peers[0] as Peer;
    peer.send(frame(FrameType.demand, [1, 100, 100]));
    await eventually(() => first.asked.length === 1);
    peer.socket.pause();
    const body = 'x'.repeat(CHUNK_SIZE);
    const [socket] = transport.unwrap() as { writableLength: number }[];
    while ((socket?.writableLength ?? 0) <= 2 * HIGH_WATER) {
      for (let n = 0; n < 16; n++) call.upload?.write(body);
      await new Promise((resolve) => setImmediate(resolve));
    }
    peer.send(frame(FrameType.demand, [2, 7, 100]), frame(FrameType.demand, [2, 1, 20]));
    peer.send(frame(FrameType.enough, [1]));
    await eventually(() => first.stopped === 1);
    expect(second.asked).toStrictEqual([]);
    peer.socket.resume();
    await eventually(() => second.asked.length === 1);
    expect(second.asked).toStrictEqual([[8, 120]]);
  });
});

test('requests and uploads share a connection', async () => {
  const { taken, handler } = byHand();
  const server = await serve('math', {
    handler: (one, credit, responder) => {
      if (one.envelope.pattern === 'take') return handler(one, credit, responder);
      responder.reply(one.body, true);
      return { credit() {}, cancel() {} };
    },
  });
  const { transport } = party('caller', { services: { math: server.url } });
  const sender = new Sender();
  const call = transport.request({ service: 'math' }, message('take', undefined), 1, sender);
  await eventually(() => taken.length === 1);
  taken[0]?.responder.upload?.credit(10, 100_000_000);
  await eventually(() => sender.asked.length === 1);
  call.upload?.write('x'.repeat(5_000_000));
  expect(await ask(transport, 'math', 'small')).toBe('small');
  expect(taken[0]?.items).toStrictEqual([]); // it has passed the large one
  await eventually(() => taken[0]?.items.length === 1);
});
