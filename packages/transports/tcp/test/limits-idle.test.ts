import { eventually, VirtualClock } from '@rookery/testing';
import { describe, expect, test } from 'vitest';
import { FrameType } from '../src/frames/frame-type.js';
import { GoodbyeReason } from '../src/frames/goodbye.js';
import { ask, HOST, message, party, serve, Subscriber, subscription } from './parties.js';
import { dial, frame, hello, type Peer } from './wire.js';

const TIMES = { heartbeat: 1_000, idleTimeout: 10_000, connectTimeout: 60_000 };

/** Lets the time pass beat by beat, in which a peer by hand says that it is there. */
async function pass(clock: VirtualClock, ms: number, ...peers: Peer[]): Promise<void> {
  for (let passed = 0; passed < ms; passed += TIMES.heartbeat) {
    await clock.advance(TIMES.heartbeat);
    for (const peer of peers) {
      const pongs = peer.of(FrameType.pong).length;
      peer.send(frame(FrameType.ping));
      await eventually(() => peer.of(FrameType.pong).length > pongs || peer.socket.destroyed);
    }
  }
}

async function greeted(port: number, fields: object = {}): Promise<Peer> {
  const peer = dial(port, hello(fields));
  await eventually(() => peer.of(FrameType.welcome).length === 1);
  return peer;
}

describe('a connection on which nothing is asked', () => {
  test('is asked to end after idleTimeout, in the words that its caller knows', async () => {
    const clock = new VirtualClock();
    const server = await serve('math', { clock, ...TIMES });
    const old = await greeted(server.port);
    const current = await greeted(server.port, { idle: true });
    await pass(clock, 9_000, old, current);
    expect([old.goodbye, current.goodbye]).toStrictEqual([undefined, undefined]);
    await pass(clock, 1_000, old, current);
    const text = 'no call and no event for 10000 ms (idleTimeout)';
    expect(old.goodbye).toStrictEqual({ reason: GoodbyeReason.draining, text });
    expect(current.goodbye).toStrictEqual({ reason: GoodbyeReason.idle, text });
    await pass(clock, 1_000, old, current);
    await Promise.all([old.closed, current.closed]); // neither did as it was told
    expect(server.log.lines.filter((line) => /^(warn|error)/.test(line))).toStrictEqual([]);
  });

  test('is kept while a call is under way, and for idleTimeout after it', async () => {
    const clock = new VirtualClock();
    const answers: (() => void)[] = [];
    const server = await serve('math', {
      clock,
      ...TIMES,
      handler: (request, _credit, responder) => {
        answers.push(() => responder.reply(request.body, true));
        return { credit() {}, cancel() {} };
      },
    });
    const peer = await greeted(server.port, { idle: true });
    peer.send(frame(FrameType.pattern, [1], 'echo'), frame(FrameType.request, [1, 1, 1, 1, 0, 1], 'i', 'x'));
    await eventually(() => answers.length === 1);
    await pass(clock, 30_000, peer);
    expect(peer.goodbye).toBeUndefined();
    answers[0]?.();
    await eventually(() => peer.of(FrameType.reply).length === 1);
    await pass(clock, 9_000, peer);
    expect(peer.goodbye).toBeUndefined();
    await pass(clock, 2_000, peer);
    expect(peer.goodbye?.reason).toBe(GoodbyeReason.idle);
  });

  test.each([
    ['with idleTimeout Infinity', { idleTimeout: Infinity }, false],
    ['by a service with a broadcast endpoint', {}, true],
  ])('is kept for ever %s', async (_, options, broadcast) => {
    const clock = new VirtualClock();
    const server = party('math', { listen: { host: HOST, port: 0 }, clock, ...TIMES, ...options });
    server.transport.subscribe(subscription('math', { broadcast }), new Subscriber().take);
    await server.transport.open();
    const peer = await greeted(Number(new URL(server.transport.describe().addresses[0] as string).port), {
      idle: true,
    });
    await pass(clock, 40_000, peer);
    expect(peer.goodbye).toBeUndefined();
  });

  test('ends without a trace for our own client: it stays ready, and the next call and event connect again', async () => {
    const clock = new VirtualClock();
    const taken = new Subscriber();
    const server = party('math', { listen: { host: HOST, port: 0 }, clock, ...TIMES });
    server.transport.serve('math', (request, _credit, responder) => {
      responder.reply(request.body, true);
      return { credit() {}, cancel() {} };
    });
    server.transport.subscribe(subscription('math'), taken.take);
    await server.transport.open();
    const services = { math: server.transport.describe().addresses };
    const { transport, log } = party('caller', { services, ...TIMES, heartbeat: 60_000 });
    const states: string[] = [];
    expect(await ask(transport, 'math', '1')).toBe('1');
    transport.watch(({ status }) => states.push(status));
    const connected = () => (transport.unwrap() as unknown[]).length;

    for (const round of [2, 3]) {
      await eventually(async () => {
        await clock.advance(1_000); // its pings are answered in between
        return connected() === 0;
      });
      expect(transport.state.status).toBe('ready');
      if (round === 2) expect(await ask(transport, 'math', '2')).toBe('2');
      else await transport.publish([{ message: message('happened', '3') }]);
      await eventually(() => connected() === 1);
    }
    await eventually(() => taken.bodies.includes('3'));
    expect(new Set(states)).not.toContain('draining');
    expect([...log.lines, ...server.log.lines].filter((line) => !line.startsWith('debug'))).toStrictEqual([]);
  });
});
