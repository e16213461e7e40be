import { eventually, VirtualClock } from '@rookery/testing';
import { describe, expect, test } from 'vitest';
import { FrameType } from '../src/frames/frame-type.js';
import { GoodbyeReason } from '../src/frames/goodbye.js';
import { LOG_INTERVAL } from '../src/server/full-house.js';
import { ask, party, serve } from './parties.js';
import { dial, hello } from './wire.js';

describe('connections', () => {
  test('are bounded; who is one too many is told why, and there is room again when one ends', async () => {
    const server = await serve('math', { maxConnections: 1 });
    const first = dial(server.port, hello());
    await eventually(() => first.of(FrameType.welcome).length === 1);
    const second = dial(server.port, hello());
    await second.closed;
    expect(second.goodbye).toStrictEqual({
      reason: GoodbyeReason.full,
      text: 'the service takes no more connections now: it has 1 connections (maxConnections)',
    });
    expect(second.of(FrameType.welcome)).toHaveLength(0);

    const { transport, log } = party('caller', { services: { math: server.url } });
    const answer = ask(transport, 'math', 'x');
    await eventually(() => log.about('(maxConnections)').length === 1);
    expect(transport.state).toMatchObject({ cause: { code: 'ADDRESS_UNUSABLE', recourse: 'retryable' } });
    first.socket.destroy();
    expect(await answer).toBe('x');
  });

  test('that have not introduced themselves are bounded on their own', async () => {
    const server = await serve('math', { maxUnauthenticated: 2 });
    const known = dial(server.port, hello());
    await eventually(() => known.of(FrameType.welcome).length === 1);
    const silent = [dial(server.port), dial(server.port)];
    await eventually(() => silent.every((peer) => !peer.socket.connecting));
    const next = dial(server.port, hello());
    await next.closed;
    expect(next.goodbye?.text).toContain(
      '2 connections have not completed their handshake (maxUnauthenticated)',
    );

    silent[0]?.send(hello());
    await eventually(() => silent[0]?.of(FrameType.welcome).length === 1);
    const another = dial(server.port, hello());
    await eventually(() => another.of(FrameType.welcome).length === 1);
  });

  test('that are refused by the hundred make two lines in the log', async () => {
    const clock = new VirtualClock();
    const server = await serve('math', { maxConnections: 1, clock });
    const first = dial(server.port, hello());
    await eventually(() => first.of(FrameType.welcome).length === 1);
    const flood = Array.from({ length: 200 }, () => dial(server.port, hello()));
    await Promise.all(flood.map(({ closed }) => closed));
    expect(server.log.about('refused')).toStrictEqual([
      `warn ${server.url}: a connection was refused: it has 1 connections (maxConnections)`,
    ]);
    await clock.advance(LOG_INTERVAL);
    expect(server.log.about('refused')).toHaveLength(2);
    expect(server.log.lines.at(-1)).toBe(
      `warn ${server.url}: 199 more connections were refused within 10 s: it has 1 connections (maxConnections)`,
    );
    first.socket.destroy();
  });
});
