import { eventually } from '@rookery/testing';
import { expect, test } from 'vitest';
import { AckOutcome } from '../src/frames/ack.js';
import { FrameType } from '../src/frames/frame-type.js';
import { MAGIC } from '../src/frames/protocol.js';
import { HOST, message, party, Subscriber, subscription } from './parties.js';
import { dial, frame, hello, listen, welcome, type Peer } from './wire.js';

const PATTERN = frame(FrameType.pattern, [1], 'happened');
const event = (delivery: number) => frame(FrameType.event, [delivery, 0, 1, 1, 1, 0, 1], 'i', 'x');
const PAUSES = hello({ knows: ['pauses'] });

async function audit() {
  const taken = new Subscriber(true);
  const { transport } = party('audit', { listen: { host: HOST, port: 0 } });
  const control = transport.subscribe(subscription('audit', { concurrency: 4 }), taken.take);
  await transport.open();
  return { taken, control, port: Number(new URL(transport.describe().addresses[0] as string).port) };
}

const numbers = (peer: Peer, type: number) => peer.of(type).map((fields) => [...fields]);

test('a sender is told of a pause, and gets back what crosses it, or is more than was asked for', async () => {
  const { taken, control, port } = await audit();
  const peer = dial(port, PAUSES, PATTERN, event(1));
  await eventually(() => taken.deliveries.length === 1);
  control.pause();
  await eventually(() => expect(numbers(peer, FrameType.window)).toEqual([[0, 0]]));
  peer.send(event(2));
  await eventually(() => expect(numbers(peer, FrameType.ack)).toEqual([[2, AckOutcome.return]]));
  // One more than the one in hand.
  control.resume(1);
  await eventually(() => expect(numbers(peer, FrameType.window).at(-1)).toEqual([0, 2]));
  peer.send(event(3), event(4));
  await eventually(() => expect(numbers(peer, FrameType.ack).at(-1)).toEqual([4, AckOutcome.return]));
  expect(taken.deliveries).toHaveLength(2);
  expect(numbers(peer, FrameType.window).at(-1)).toEqual([0, 0]);
  control.resume();
  await eventually(() => expect(numbers(peer, FrameType.window).at(-1)).toEqual([0, 4]));
  taken.deliveries[0]?.settle({ outcome: 'retry', after: 300, uncounted: true });
  await eventually(() =>
    expect(numbers(peer, FrameType.ack).at(-1)).toEqual([1, AckOutcome.postpone, 0xac, 0x02]),
  );
});

test('a sender that connects during a pause is told right after the WELCOME', async () => {
  const { control, port } = await audit();
  control.pause();
  const peer = dial(port, PAUSES);
  await eventually(() =>
    expect(peer.frames.map(({ type }) => type)).toEqual([FrameType.welcome, FrameType.window]),
  );
});

test('of a sender that knows no pauses events wait here, and what does not count goes back to it', async () => {
  const { taken, control, port } = await audit();
  control.pause();
  const peer = dial(port, hello(), PATTERN, event(1), event(2));
  control.resume(1);
  await eventually(() => taken.deliveries.length === 1);
  taken.deliveries[0]?.settle({ outcome: 'retry', after: 300, uncounted: true });
  await eventually(() => expect(numbers(peer, FrameType.ack)).toEqual([[1, AckOutcome.return]]));
  expect(taken.deliveries).toHaveLength(1);
  control.resume();
  await eventually(() => taken.deliveries.length === 2);
  expect(peer.of(FrameType.window)).toEqual([]);
});

test('a sender sends as many as the last WINDOW says, and keeps the others', async () => {
  const { service: _, ...route } = subscription('audit', { concurrency: 4 });
  const peers: Peer[] = [];
  const { url } = await listen((peer) => {
    peers.push(peer);
    peer.send(MAGIC, welcome({ service: 'audit', subscriptions: [route] }), frame(FrameType.window, [0, 0]));
  });
  const { transport } = party('sender', { services: { audit: url } });
  await transport.reach({ service: 'audit' });
  const [peer] = peers;
  await transport.publish(Array.from({ length: 6 }, () => ({ message: message('happened', '1') })));
  const sent = () => peer?.of(FrameType.event).length;
  for (const [window, count] of [
    [1, 1],
    [3, 3],
    [0, 3],
  ] as const) {
    peer?.send(frame(FrameType.window, [0, window]), frame(FrameType.ping));
    await eventually(() => expect(sent()).toBe(count));
  }
  // It comes again as the same attempt, and not while the window is shut.
  peer?.send(frame(FrameType.ack, [1, AckOutcome.return]), frame(FrameType.ack, [2, AckOutcome.postpone, 0]));
  const pongs = peer?.of(FrameType.pong).length ?? 0;
  peer?.send(frame(FrameType.ping));
  await eventually(() => expect(peer?.of(FrameType.pong).length).toBe(pongs + 1));
  expect(sent()).toBe(3);
  peer?.send(frame(FrameType.window, [0, 4]));
  await eventually(() => expect(sent()).toBe(6));
  expect(new Set(numbers(peer as Peer, FrameType.event).map(([, , attempt]) => attempt))).toEqual(
    new Set([1]),
  );
});

test('a WINDOW of a subscription that there is not is a violation', async () => {
  const { url } = await listen((peer) =>
    peer.send(MAGIC, welcome({ service: 'audit' }), frame(FrameType.window, [0, 1])),
  );
  const { transport, log } = party('sender', { services: { audit: url } });
  await transport.reach({ service: 'audit' });
  await eventually(() => log.about('a WINDOW of subscription 0 of 0').length > 0);
});

test('what a service publishes to itself waits for the end of a pause too', async () => {
  const taken = new Subscriber();
  const { transport } = party('audit', { listen: { host: HOST, port: 0 } });
  const control = transport.subscribe(subscription('audit', { concurrency: 4 }), taken.take);
  transport.subscribe(subscription('audit', { endpoint: 'other', patterns: ['other'] }), taken.take);
  await transport.open();
  control.pause();
  const publish = (pattern: string, body: string) => transport.publish([{ message: message(pattern, body) }]);
  for (const body of ['1', '2', '3']) await publish('happened', body);
  await publish('other', '4');
  await eventually(() => expect(taken.bodies).toEqual(['4']));
  control.resume(1);
  await eventually(() => expect(taken.bodies).toEqual(['4', '1']));
  await publish('other', '5');
  await eventually(() => expect(taken.bodies).toEqual(['4', '1', '5']));
  control.resume();
  await eventually(() => expect(taken.bodies).toEqual(['4', '1', '5', '2', '3']));
  expect(new Set(taken.deliveries.map(({ attempt }) => attempt))).toEqual(new Set([1]));
});
