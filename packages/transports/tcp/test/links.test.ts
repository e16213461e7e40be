import { createServer } from 'node:net';
import { Backoff, type Timer } from '@rookery/core';
import { eventually, freePorts, rejection, seededRandom, VirtualClock } from '@rookery/testing';
import { describe, expect, test } from 'vitest';
import { FrameType } from '../src/frames/frame-type.js';
import { GoodbyeReason } from '../src/frames/goodbye.js';
import { MAGIC } from '../src/frames/protocol.js';
import { fromUrl } from '../src/from-url.js';
import { tcp } from '../src/tcp.js';
import { Answer, ask, HOST, message, party, serve } from './parties.js';
import { dial, frame, hello, listen, welcome, type Peer } from './wire.js';

/** Time that a test owns, and remembers who asked for it. */
class AskedClock extends VirtualClock {
  readonly asked: number[] = [];

  override after(ms: number, run: () => void): Timer {
    this.asked.push(ms);
    return super.after(ms, run);
  }
}

const half = { next: () => 0.5, token: () => 'token' };

describe('a link', () => {
  test('waits a random part of a pause that doubles, up to a bound', () => {
    const backoff = new Backoff(50, 1_000, half);
    expect(Array.from({ length: 7 }, () => backoff.next())).toStrictEqual([25, 50, 100, 200, 400, 500, 500]);
    backoff.reset();
    expect(backoff.next()).toBe(25);

    const spread = new Backoff(100, 100, seededRandom(3));
    const pauses = Array.from({ length: 1_000 }, () => spread.next());
    expect(Math.min(...pauses)).toBeLessThan(2);
    expect(Math.max(...pauses)).toBeGreaterThan(98);
    expect(Math.max(...pauses)).toBeLessThan(100);
  });

  test('tries again after each pause, and begins anew once it was connected', async () => {
    const clock = new AskedClock();
    const tries: number[] = [];
    let answer = (peer: Peer) => void peer.socket.destroy();
    const { url } = await listen((peer) => {
      tries.push(clock.now());
      answer(peer);
    });
    const reconnect = { first: 100, longest: 1_000 };
    const { transport, log } = party('caller', { services: { math: url }, clock, random: half, reconnect });
    const reached = transport.reach({ service: 'math' });
    const greeting = 5_000;
    const pauses = [50, 100, 200, 400, 500, 500];
    for (const [index, pause] of pauses.entries()) {
      await eventually(() => clock.asked.length === 2 * (index + 1));
      expect(clock.asked.slice(-2)).toStrictEqual([greeting, pause]);
      if (index < pauses.length - 1) await clock.advance(pause);
    }
    expect(tries).toStrictEqual([0, 50, 150, 350, 750, 1_250]);
    expect(log.about('cannot reach')).toHaveLength(1); // once for the outage
    expect(transport.state).toMatchObject({ status: 'connecting', cause: { code: 'ADDRESS_UNUSABLE' } });

    let live: Peer | undefined;
    answer = (peer) => void (live = peer).send(MAGIC, welcome({ service: 'math' }));
    await clock.advance(500);
    await reached;
    expect(transport.state.status).toBe('ready');
    expect(log.about('again')).toHaveLength(2); // "trying again until", "connected again"

    const heartbeats = clock.asked.length;
    const sent = rejection(ask(transport, 'math', 'x'));
    await eventually(() => live?.of(FrameType.request).length === 1);
    answer = (peer) => void peer.socket.destroy();
    live?.socket.destroy();
    expect(await sent).toMatchObject({ code: 'CONNECTION_LOST', recourse: 'unknown' });
    void transport.reach({ service: 'math' }).catch(() => undefined);
    await eventually(() => clock.asked.length === heartbeats + 2);
    expect(clock.asked.slice(-2)).toStrictEqual([greeting, 50]);
  });

  test('that nobody needs does not try again', async () => {
    const clock = new AskedClock();
    const server = await serve('math', { closeTimeout: 10 });
    const { transport, log } = party('caller', { services: { math: server.url }, clock });
    await transport.reach({ service: 'math' });
    await server.transport.close();
    await eventually(() => clock.timers === 0);
    expect(log.about('is going down')).toHaveLength(1);
  });

  test('finds a peer that is gone without a word, by its silence', async () => {
    const clock = new VirtualClock();
    let peer: Peer | undefined;
    const { url } = await listen((one) => void (peer = one).send(MAGIC, welcome({ service: 'math' })));
    const { transport } = party('caller', { services: { math: url }, clock, heartbeat: 1_000 });
    await transport.reach({ service: 'math' });
    const call = rejection(ask(transport, 'math', 'x', 60_000));
    await eventually(() => peer?.of(FrameType.request).length === 1);

    await clock.advance(1_000);
    await eventually(() => peer?.of(FrameType.ping).length === 1);
    peer?.send(frame(FrameType.pong), frame(FrameType.ping));
    await eventually(() => peer?.of(FrameType.pong).length === 1); // so it has read both
    await clock.advance(1_000);
    expect(peer?.goodbye).toBeUndefined();
    await clock.advance(1_000);
    await eventually(() => peer?.of(FrameType.ping).length === 2);
    expect(peer?.goodbye).toBeUndefined();

    await clock.advance(1_000);
    expect(await call).toMatchObject({
      code: 'CONNECTION_LOST',
      message: expect.stringContaining('nothing was heard for 2000 ms') as string,
    });
    await eventually(() => peer?.goodbye?.reason === GoodbyeReason.silence);
  });

  test('is closed by a server that hears nothing', async () => {
    const clock = new VirtualClock();
    const server = await serve('math', { clock, heartbeat: 1_000 });
    const peer = dial(server.port, hello());
    await eventually(() => peer.of(FrameType.welcome).length === 1);
    await clock.advance(1_000);
    await clock.advance(1_000);
    await eventually(() => peer.goodbye?.reason === GoodbyeReason.silence);
    expect(peer.of(FrameType.ping)).toHaveLength(1);
    await peer.closed;
  });

  test('takes the address of the least loaded replica', async () => {
    const counts = [0, 0];
    const replicas = await Promise.all(
      counts.map((_, index) =>
        serve('math', {
          handler: (request, _credit, responder) => {
            counts[index] = (counts[index] ?? 0) + 1;
            responder.reply(request.body, true);
            return { credit() {}, cancel() {} };
          },
        }),
      ),
    );
    const { transport } = party('caller', { services: { math: replicas.map(({ url }) => url) } });
    await transport.reach({ service: 'math' });
    await eventually(() => (transport.unwrap() as unknown[]).length === 2);
    await Promise.all(Array.from({ length: 100 }, () => ask(transport, 'math', 'x')));
    expect(counts).toStrictEqual([50, 50]);
  });
});

describe('an address', () => {
  test('that is taken is named, with what to do', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, HOST, resolve));
    const port = (other.address() as { port: number }).port;
    const { transport } = party('math', { listen: { host: HOST, port } });
    const error = await rejection(transport.open());
    other.close();
    expect(error).toMatchObject({
      code: 'ADDRESS_UNUSABLE',
      message: `cannot listen at tcp://${HOST}:${port}: another process listens there; choose another port, or stop it`,
    });
    await transport.close();
  });

  test('whose host is unknown is named', async () => {
    const host = 'no-such-host.invalid';
    const { transport } = party('math', { listen: { host, port: 3001 }, insecure: true });
    const error = await rejection(transport.open());
    expect(error).toMatchObject({
      code: 'ADDRESS_UNUSABLE',
      message: expect.stringMatching(
        /^cannot listen at tcp:\/\/no-such-host.invalid:3001: the host name /,
      ) as string,
    });

    const { transport: caller, log } = party('caller', { services: { math: `tcp://${host}:3001` } });
    void caller.reach({ service: 'math' }).catch(() => undefined);
    const cause = await eventually(
      () => caller.state.status === 'connecting' && (caller.state.cause ?? false),
    );
    expect(cause).toMatchObject({
      code: 'ADDRESS_UNUSABLE',
      message: expect.stringContaining(`cannot reach 'math' at tcp://${host}:3001`) as string,
    });
    expect(log.about(`tcp://${host}:3001`)).toHaveLength(1);
  });

  test('that refuses is named in the state while requests wait', async () => {
    const [port = 0] = await freePorts(1);
    const { transport } = party('caller', { services: { math: `tcp://${HOST}:${port}` } });
    const answer = new Answer();
    const call = transport.request({ service: 'math' }, message('echo', 'x'), 1, answer);
    await eventually(() => transport.state.status === 'connecting' && transport.state.cause !== undefined);
    expect(transport.state).toMatchObject({
      cause: { message: expect.stringContaining(`:${port}`) as string },
    });
    expect(call.sent).toBe(false);
  });

  test.each(['0.0.0.0', '::', '192.168.1.7', 'math.internal', '::ffff:10.0.0.1'])(
    'beyond this machine, %s, is refused unless insecure is said',
    (host) => {
      const listening = { listen: { host, port: 3001 } };
      expect(() => tcp(listening)).toThrow(
        /can be reached from beyond this machine.*listen on 127\.0\.0\.1, or say insecure: true/,
      );
      expect(() => tcp({ ...listening, insecure: true })).not.toThrow();
      const urls = [new URL(`tcp://${host.includes(':') ? `[${host}]` : host}:3001`)];
      expect(() => fromUrl({ role: 'server', urls, services: {}, insecure: false })).toThrow(
        'insecure: true',
      );
      expect(() => fromUrl({ role: 'server', urls, services: {}, insecure: true })).not.toThrow();
    },
  );

  test.each(['127.0.0.1', '127.8.8.8', 'localhost', '::1', '::ffff:127.0.0.1'])(
    'of this machine, %s, is taken',
    (host) => {
      expect(() => tcp({ listen: { host, port: 0 } })).not.toThrow();
    },
  );
});
