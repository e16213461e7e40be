import { once } from 'node:events';
import { isRookeryError } from '@rookery/core';
import { eventually, rejection, VirtualClock } from '@rookery/testing';
import { describe, expect, test } from 'vitest';
import { Cursor } from '../src/frames/cursor.js';
import { readEnvelope } from '../src/frames/envelope-fields.js';
import { FrameType } from '../src/frames/frame-type.js';
import { GoodbyeReason } from '../src/frames/goodbye.js';
import { commonVersion } from '../src/frames/handshake.js';
import { MAGIC, MAX_HELLO } from '../src/frames/protocol.js';
import { Answer, ask, message, party, serve } from './parties.js';
import { dial, frame, hello, LIMITS, listen, reach, welcome, type Peer } from './wire.js';

/** What a caller of `math` gets that finds this there. */
async function callerOf(accept: (peer: Peer) => void) {
  const { url } = await listen(accept);
  const { transport, log } = party('caller', { services: { math: url } });
  const request = rejection(ask(transport, 'math', 'x'));
  const error = await rejection(transport.reach({ service: 'math' }));
  expect(isRookeryError(error) && error.message).toContain(`'math' at ${url}`);
  expect(await request).toBe(error);
  return { error, url, log };
}

describe('a caller', () => {
  test('that shares no version with the server learns what both speak', async () => {
    const old = await serve('math');
    const refused = dial(old.port, hello({ versions: [7, 9] }));
    await refused.closed;
    const text = 'no common version of the protocol: this side speaks 1, the other 7, 9';
    expect(refused.goodbye).toStrictEqual({ reason: GoodbyeReason.version, text });

    // What a server of a later time says to a caller of today.
    const said = text.replace('speaks 1, the other 7, 9', 'speaks 7, 9, the other 1');
    const goodbye = frame(FrameType.goodbye, [GoodbyeReason.version], said);
    const { error } = await callerOf((peer) => peer.send(MAGIC, goodbye));
    expect(error).toMatchObject({ code: 'PROTOCOL_VIOLATION', recourse: 'terminal' });
    expect(String(error)).toContain('this side speaks 7, 9, the other 1');
  });

  test('that finds another service says so, and does not try again', async () => {
    const { error } = await callerOf((peer) => peer.send(MAGIC, welcome({ service: 'users' })));
    expect(error).toMatchObject({ code: 'ADDRESS_UNUSABLE', recourse: 'terminal' });
    expect(String(error)).toContain("there is the service 'users'; correct the address");
  });

  test.each([
    ['another protocol', Buffer.from('HTTP/1.1 400 Bad Request\r\n'), 'does not speak the Rookery protocol'],
    ['a version that it did not offer', Buffer.concat([MAGIC, welcome({ version: 2 })]), 'not offered'],
    [
      'a reply to nothing',
      Buffer.concat([MAGIC, frame(FrameType.reply, [1, 0])]),
      'REPLY frame before the WELCOME',
    ],
  ])('that finds %s says so', async (_, bytes, problem) => {
    const { error } = await callerOf((peer) => peer.send(bytes));
    expect(error).toMatchObject({ code: 'PROTOCOL_VIOLATION' });
    expect(String(error)).toContain(problem);
  });

  test('does not wait for a greeting longer than connectTimeout', async () => {
    const clock = new VirtualClock();
    const accepted: Peer[] = [];
    const { url } = await listen((peer) => accepted.push(peer));
    const { transport, log } = party('caller', { services: { math: url }, connectTimeout: 70, clock });
    void transport.reach({ service: 'math' }).catch(() => undefined);
    await eventually(() => accepted.length === 1);
    await clock.advance(70);
    await eventually(() => log.about(`cannot reach 'math' at ${url}: no greeting within 70 ms`).length === 1);
    await accepted[0]?.closed;
  });
});

describe('a server', () => {
  const head = (length: number, type: number) => {
    const bytes = frame(type);
    bytes.writeUInt32BE(length);
    return bytes;
  };

  test.each([
    ['is another protocol’s', [Buffer.from('GET / HTTP/1.1')], 'does not speak the Rookery protocol'],
    ['is stock Nest’s', [Buffer.from('12#{"pattern"')], "serve it with wires: ['rookery', 'nest'] #"],
    ['has no HELLO', [MAGIC, frame(FrameType.request, [1, 1, 0, 0])], 'a REQUEST frame before the HELLO'],
    ['has a HELLO that is no JSON', [MAGIC, frame(FrameType.hello, '{')], 'HELLO is not JSON'],
    ['says too little', [MAGIC, frame(FrameType.hello, '{}')], 'HELLO has no list of versions'],
    ['takes too little', [MAGIC, hello({ maxFrame: 9 })], 'HELLO: maxFrame is less than 131072'],
    [
      'has a large HELLO',
      [MAGIC, head(MAX_HELLO + 1, 1)],
      'a frame of 16385 bytes; this side takes at most 16384',
    ],
    [
      'has a large frame',
      [MAGIC, hello(), head(LIMITS.maxFrame + 1, FrameType.request)],
      'a frame of 262145 bytes; this side takes at most 262144',
    ],
    ['has a type that is none', [MAGIC, hello(), frame(99)], 'a frame of the unknown type 99'],
    [
      'goes on too long',
      [MAGIC, hello(), frame(FrameType.cancel, [1, 1])],
      'a frame goes on after its fields',
    ],
  ])('closes a connection that %s, says why, and serves the others', async (_, bytes, problem) => {
    const server = await serve('math');
    const { transport: neighbour } = party('neighbour', { services: { math: server.url } });
    expect(await ask(neighbour, 'math', 'before')).toBe('before');

    const bad = reach(server.port, ...bytes);
    await bad.closed;
    expect(bad.goodbye).toMatchObject({ reason: GoodbyeReason.violation });
    expect(bad.goodbye?.text).toContain(problem);
    expect(server.log.about(problem)).toHaveLength(1);
    expect(await ask(neighbour, 'math', 'after')).toBe('after');
    expect(neighbour.unwrap()).toHaveLength(1); // still the same
  });

  test('does not wait for a HELLO longer than connectTimeout', async () => {
    const clock = new VirtualClock();
    const server = await serve('math', { connectTimeout: 70, clock });
    const peer = dial(server.port);
    await once(peer.socket, 'data'); // its magic: it has accepted
    await clock.advance(70);
    await peer.closed;
    expect(peer.frames).toStrictEqual([]);
  });
});

describe('of the versions of two sides', () => {
  test.each([
    [[1], [1], 1],
    [[1, 2, 4], [1, 2, 3], 2],
    [[4, 2, 1], [3, 2, 1], 2],
    [[1, 2, 3], [3], 3],
    [[7, 9], [1, 2], undefined],
    [[], [1], undefined],
  ])('%j and %j, they speak %s', (offered, spoken, common) => {
    expect(commonVersion(offered, spoken)).toBe(common);
  });
});

describe('what the other side', () => {
  test('does not know, or does not say that it knows, it is not sent', async () => {
    for (const [knows, attempt] of [
      [{}, undefined],
      [{ knows: ['something of a later time'] }, undefined],
      [{ knows: ['something of a later time', 'attempt'] }, 2],
    ] as const) {
      const accepted = Promise.withResolvers<Peer>();
      const { url } = await listen(accepted.resolve);
      const { transport } = party('caller', { services: { math: url } });
      transport.request({ service: 'math' }, message('x', undefined, { attempt: 2 }), 1, new Answer());
      const peer = (await accepted.promise).send(MAGIC, welcome({ service: 'math', ...knows }));
      await eventually(() => peer.of(FrameType.request).length === 1);
      const cursor = Cursor.over(peer.of(FrameType.request)[0] as Buffer);
      for (let fields = 0; fields < 4; fields++) cursor.varint(); // call, credit, flags, pattern
      expect(readEnvelope(cursor, 'x', 'caller', false).attempt).toBe(attempt);
    }
  });

  test('knows has to be names', async () => {
    const server = await serve('math');
    const bad = dial(server.port, hello({ knows: 'attempt' }));
    await bad.closed;
    expect(bad.goodbye?.text).toContain('HELLO: knows is no list of texts');
  });
});
