import { slotOf } from '@rookery/core';
import { eventually } from '@rookery/testing';
import { expect, test } from 'vitest';
import { Cursor } from '../src/frames/cursor.js';
import { FrameType } from '../src/frames/frame-type.js';
import { MAGIC } from '../src/frames/protocol.js';
import { HOST, message, party, Subscriber, subscription } from './parties.js';
import { dial, frame, hello, listen, welcome, type Peer } from './wire.js';

const OWNERS = hello({ knows: ['owners'] });
const PATTERN = frame(FrameType.pattern, [1], 'happened');
const SLOT = 3;

/** An event with a slot and nothing else. */
const event = (delivery: number) =>
  frame(FrameType.event, [delivery, 0, 1, 1, 1, 0x80, 0x01, 1], 'i', [SLOT], 'x');
const owner = (...above: number[]) => frame(FrameType.owner, [0, SLOT, ...above]);

/** 2 ** 49 - 1, as a varint: later than any clock. */
const LATE = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];

async function mover(ordered = true) {
  const taken = new Subscriber(true);
  const { transport } = party('mover', { listen: { host: HOST, port: 0 } });
  transport.subscribe(subscription('mover', { ordered, concurrency: 8 }), taken.take);
  await transport.open();
  const port = Number(new URL(transport.describe().addresses[0] as string).port);
  const delivered = async (count: number) => {
    await eventually(() => expect(taken.deliveries).toHaveLength(count));
    return taken.deliveries.at(-1)?.fencingToken;
  };
  return { taken, delivered, port };
}

/** The slots and fencing tokens of the OWNER frames that came. */
function owners(peer: Peer | undefined): number[][] {
  return (peer?.of(FrameType.owner) ?? []).map((fields) => {
    const cursor = Cursor.over(fields);
    expect(cursor.varint()).toBe(0);
    return [cursor.varint(), cursor.varint()];
  });
}

async function answered(peer: Peer, count: number): Promise<number> {
  await eventually(() => expect(owners(peer)).toHaveLength(count));
  return owners(peer).at(-1)?.[1] ?? 0;
}

test('a replica takes a larger fencing token with each OWNER, and all senders share it', async () => {
  const { delivered, port } = await mover();
  const begun = Date.now();
  const one = dial(port, OWNERS, PATTERN, owner(0), event(1));
  const first = await answered(one, 1);
  expect(first).toBeGreaterThanOrEqual(begun);
  expect(await delivered(1)).toBe(first);

  const other = dial(port, OWNERS, PATTERN, owner(0), event(1));
  const second = await answered(other, 1);
  expect(second).toBeGreaterThan(first);
  expect(await delivered(2)).toBe(second);

  one.send(event(2));
  expect(await delivered(3)).toBe(second);

  other.send(owner(...LATE), event(2));
  expect(await answered(other, 2)).toBe(2 ** 49);
  expect(await delivered(4)).toBe(2 ** 49);
});

test('from a sender that does not say who owns a slot, each event may come after a change', async () => {
  const { delivered, port } = await mover();
  const peer = dial(port, hello(), PATTERN, event(1));
  const first = await delivered(1);
  peer.send(event(2));
  expect(await delivered(2)).toBeGreaterThan(first ?? Infinity);
  expect(owners(peer)).toEqual([]);
});

test('where nothing is ordered there is no fencing token', async () => {
  const { delivered, port } = await mover(false);
  const peer = dial(port, OWNERS, PATTERN, owner(0), event(1));
  expect(await delivered(1)).toBeUndefined();
  expect(owners(peer)).toEqual([]);
});

test.each([
  ['an OWNER of slot 16 of 16', frame(FrameType.owner, [0, 16, 0])],
  ['an OWNER of subscription 1 of 1', frame(FrameType.owner, [1, 0, 0])],
  [`${2 ** 53 - 1} is no fencing token`, owner(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f)],
])('%s is a violation', async (what, wrong) => {
  const { port } = await mover();
  const peer = dial(port, OWNERS, wrong);
  await peer.closed;
  expect(peer.goodbye?.text).toContain(what);
});

test('a sender says OWNER before the first event of a slot on each connection, with the largest token it heard of', async () => {
  const { service: _, ...route } = subscription('mover', { concurrency: 4 });
  const peers: Peer[] = [];
  const { url } = await listen((peer) => {
    peers.push(peer);
    const knows = peers.length < 3 ? ['owners'] : [];
    peer.send(MAGIC, welcome({ service: 'mover', knows, subscriptions: [route] }));
  });
  const { transport } = party('sender', { services: { mover: url } });
  const slot = slotOf('a');
  const publish = (...keys: (string | undefined)[]) =>
    transport.publish(
      keys.map((key) => ({ message: message('happened', '1', { key, slot: key && slotOf(key) } as object) })),
    );
  await publish('a', 'a', undefined);
  await eventually(() => expect(peers[0]?.of(FrameType.event)).toHaveLength(3));
  expect(owners(peers[0])).toEqual([[slot, 0]]);
  const types = peers[0]?.frames.map(({ type }) => type) ?? [];
  expect(types.indexOf(FrameType.owner)).toBeLessThan(types.indexOf(FrameType.event));

  peers[0]?.send(frame(FrameType.owner, [0, slot, 0xac, 0x02]), frame(FrameType.ping));
  await eventually(() => expect(peers[0]?.of(FrameType.pong)).toHaveLength(1));
  peers[0]?.socket.destroy();
  await eventually(() => expect(peers[1]?.of(FrameType.event)).toHaveLength(3));
  expect(owners(peers[1])).toEqual([[slot, 300]]);

  // A version that knows nothing of it is told nothing.
  peers[1]?.socket.destroy();
  await eventually(() => expect(peers[2]?.of(FrameType.event)).toHaveLength(3));
  expect(owners(peers[2])).toEqual([]);
});

test('who becomes the owner of a slot hears of it before there is an event, with the token of the one before', async () => {
  const { taken, delivered, port } = await mover();
  const { service: _, ...route } = subscription('mover', { ordered: true, concurrency: 8 });
  const late = Promise.withResolvers<Peer>();
  const { url } = await listen((peer) => late.resolve(peer));
  const { transport } = party('sender', { services: { mover: [`tcp://${HOST}:${port}`, url] } });
  const keys = Array.from({ length: 32 }, (_, n) => `key ${n}`);
  await transport.publish(
    keys.map((key) => ({ message: message('happened', '1', { key, slot: slotOf(key) }) })),
  );
  for (let count = 0; count < keys.length;) {
    await delivered(Math.min(keys.length, count + 8));
    for (; count < taken.deliveries.length; count++) taken.deliveries[count]?.settle({ outcome: 'accept' });
  }
  const tokens = new Map(
    taken.deliveries.map(({ message: { envelope }, fencingToken }) => [envelope.slot, fencingToken]),
  );
  const heir = await late.promise;
  heir.send(MAGIC, welcome({ service: 'mover', knows: ['owners'], subscriptions: [route] }));
  await eventually(() => expect(owners(heir).length).toBeGreaterThan(0));
  for (const [slot, above] of owners(heir)) expect(above).toBe(tokens.get(slot));
  expect(heir.of(FrameType.event)).toEqual([]);
});

test('what is tried again has the fencing token of then', async () => {
  const { taken, delivered, port } = await mover();
  const one = dial(port, OWNERS, PATTERN, owner(0), event(1));
  const first = await delivered(1);
  const [delivery] = taken.deliveries;
  const second = await answered(dial(port, OWNERS, PATTERN, owner(0)), 1);
  expect(second).toBeGreaterThan(first ?? 0);
  expect(delivery?.fencingToken).toBe(second);
  one.socket.destroy();
  await eventually(() => expect(delivery?.fencingToken).toBe(first));
});
