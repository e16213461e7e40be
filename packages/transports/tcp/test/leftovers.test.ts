import { connect, type Server } from 'node:net';
import { promisify } from 'node:util';
import { decodeFailure } from '@rookery/core';
import { eventually, VirtualClock } from '@rookery/testing';
import { expect, onTestFinished, test } from 'vitest';
import { EventQueue } from '../src/events/event-queue.js';
import { FrameType } from '../src/frames/frame-type.js';
import type { Outcome } from '../src/frames/ack.js';
import type { TcpTransport } from '../src/transport.js';
import { HOST, message, party, serve, Subscriber, subscription } from './parties.js';
import { dial, frame, hello } from './wire.js';

test('an event that is settled after its queue was closed leaves no timer', () => {
  const clock = new VirtualClock();
  const queue = new EventQueue(clock, () => undefined);
  let settle: ((outcome: Outcome) => void) | undefined;
  queue.attach({ replica: 'r', window: 1, deliver: (_message, _attempt, end) => void (settle = end) });
  queue.add(message('happened', 'x'));
  queue.close();
  settle?.({ outcome: 'retry', after: 1_000 });
  expect(clock.timers).toBe(0);
  expect(queue.size).toBe(0);
});

test('events whose sender is gone, and that come again, do not wait for a handler', async () => {
  const held = new Subscriber(true);
  const server = party('audit', { listen: { host: HOST, port: 0 } });
  server.transport.subscribe(subscription('audit', { concurrency: 2 }), held.take);
  await server.transport.open();
  const port = Number(new URL(server.transport.describe().addresses[0] as string).port);
  const pattern = frame(FrameType.pattern, [1], 'happened');
  const event = (delivery: number) => frame(FrameType.event, [delivery, 0, 1, 1, 1, 0, 1], 'i', 'x');
  const [intake] = (server.transport as TcpTransport).intakes;
  dial(port, hello(), pattern, event(1), event(2));
  await eventually(() => held.deliveries.length === 2);
  for (let round = 0; round < 3; round++) {
    const peer = dial(port, hello(), pattern, event(1), event(2));
    await eventually(() => intake?.waiting === 2);
    peer.socket.destroy();
    await eventually(() => intake?.waiting === 0);
  }
});

test('a request whose large body its caller takes back, without a word, is not open for ever', async () => {
  const server = await serve('math', { maxRequests: 1 });
  const large = frame(FrameType.request, [1, 1, 2 | 4, 1, 0, 1], 'i', [1, 0x80, 0x80, 0x08]);
  const small = frame(FrameType.request, [2, 1, 1, 1, 0, 1], 'i', 'x');
  const peer = dial(server.port, hello(), frame(FrameType.pattern, [1], 'echo'), large);
  peer.send(frame(FrameType.chunk, [1]), small);
  await eventually(() => peer.of(FrameType.reply).length === 1);
  const [failure] = peer.of(FrameType.fail).map((fields) => decodeFailure(fields.toString('utf8', 2), false));
  expect(failure).toMatchObject({ code: 'UNAVAILABLE', recourse: 'retryable' });
});

test('close() does not leave a connection open that was one too many', async () => {
  const server = await serve('math', { maxConnections: 1, closeTimeout: 100 });
  const first = dial(server.port, hello());
  await eventually(() => first.of(FrameType.welcome).length === 1);
  const socket = connect({ port: server.port, host: HOST, allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  await eventually(() => server.log.about('refused').length === 1);
  const listener = server.transport.unwrap() as Server;
  first.socket.destroy();
  await server.transport.close();
  expect(await promisify(listener.getConnections.bind(listener))()).toBe(0);
});
