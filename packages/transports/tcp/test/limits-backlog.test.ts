import { decodeFailure, type Responder } from '@rookery/core';
import { eventually, rejection, VirtualClock } from '@rookery/testing';
import { describe, expect, test } from 'vitest';
import { FrameType } from '../src/frames/frame-type.js';
import { MAGIC } from '../src/frames/protocol.js';
import { HIGH_WATER } from '../src/connection/limits.js';
import { Answer, ask, message, party, serve } from './parties.js';
import { dial, frame, hello, listen, LIMITS, welcome, type Peer } from './wire.js';

const PATTERN = frame(FrameType.pattern, [1], 'echo');
const MIB = 1024 * 1024;

/** A number as the wire has it. */
function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

const request = (call: number, body = 'x') =>
  frame(FrameType.request, varint(call), [1, 1, 1, 0, 1], 'i', body);

async function greeted(port: number): Promise<Peer> {
  const peer = dial(port, hello({ ...LIMITS, maxBody: 64 * MIB }), PATTERN);
  await eventually(() => peer.of(FrameType.welcome).length === 1);
  return peer;
}

/** What has been asked, and how to answer all of it. */
function holding() {
  const open: Responder[] = [];
  const handler = (_message: unknown, _credit: number, responder: Responder) => {
    open.push(responder);
    return { credit() {}, cancel() {} };
  };
  return { open, handler };
}

/** The failure in a FAIL frame, whose number may have one byte or two. */
const failureIn = (fields: Buffer | undefined) =>
  decodeFailure(fields?.subarray(fields.indexOf('{')).toString() ?? '', false);

describe('a server whose caller does not read', () => {
  test('stops reading from it, and goes on when it reads; nothing is lost', async () => {
    const big = 'x'.repeat(60_000);
    let asked = 0;
    const server = await serve('math', {
      handler: (_message, _credit, responder) => {
        asked++;
        responder.reply(big, true);
        return { credit() {}, cancel() {} };
      },
    });
    const peer = await greeted(server.port);
    peer.socket.pause();
    const total = 2_000; // 120 MB of answers
    peer.send(...Array.from({ length: total }, (_, index) => request(index + 1)));
    await eventually(() => asked * big.length > HIGH_WATER);
    const other = await greeted(server.port);
    for (let turn = 1; turn <= 50; turn++) {
      other.send(frame(FrameType.ping));
      await eventually(() => other.of(FrameType.pong).length === turn);
    }
    expect(asked).toBeLessThan(total / 2); // a good part of it is what the kernel has taken
    peer.socket.resume();
    await eventually(() => peer.of(FrameType.reply).length === total, { within: 20_000 });
    expect(asked).toBe(total);
  }, 30_000);

  test('does not take its silence for death while it does not listen, but gives it up when it takes nothing', async () => {
    const clock = new VirtualClock();
    const { open, handler } = holding();
    const server = await serve('math', { clock, handler, heartbeat: 1_000 });
    const peer = await greeted(server.port);
    peer.send(...Array.from({ length: 400 }, (_, index) => request(index + 1)));
    await eventually(() => open.length === 400);
    peer.socket.pause();
    for (const responder of open) responder.reply('x'.repeat(60_000), true);
    // All that the kernel takes has left; the rest waits for the peer.
    await eventually(async () => {
      await clock.advance(1_000);
      return server.log.about('has read nothing for 6000 ms').length === 1;
    });
    expect(server.log.about('nothing was heard')).toHaveLength(0);
  });

  test('fails what slow handlers answer beyond maxBacklog, and says so once; the rest arrives', async () => {
    const { open, handler } = holding();
    const server = await serve('math', { handler, maxBacklog: 2 * MIB });
    const peer = await greeted(server.port);
    peer.send(...Array.from({ length: 1_000 }, (_, index) => request(index + 1)));
    await eventually(() => open.length === 1_000);
    peer.socket.pause();
    for (const responder of open) responder.reply('x'.repeat(60_000), true);
    await eventually(() => server.log.about('(maxBacklog)').length === 1);
    expect(server.log.about('(maxBacklog)')[0]).toMatch(
      /^warn a client at .* does not read: \d+ bytes wait for it, of at most 2097152 \(maxBacklog\); replies fail$/,
    );
    peer.socket.resume();
    await eventually(
      () =>
        peer.frames.filter(({ type }) => type === FrameType.reply || type === FrameType.fail).length ===
        1_000,
    );
    expect(peer.of(FrameType.reply).length).toBeGreaterThan(30);
    const [failure] = peer.of(FrameType.fail);
    expect(failureIn(failure)).toMatchObject({
      code: 'QUEUE_FULL',
      recourse: 'unknown',
      message: expect.stringMatching(/^a reply of 60000 bytes.*maxBacklog/) as string,
    });
    expect(server.log.about('(maxBacklog)')).toHaveLength(1);
  });

  test('fails a large reply that would wait behind too many others', async () => {
    const { open, handler } = holding();
    const server = await serve('math', { handler, maxBody: 4 * MIB, maxBacklog: 6 * MIB });
    const peer = await greeted(server.port);
    peer.send(request(1), request(2));
    await eventually(() => open.length === 2);
    for (const responder of open) responder.reply('x'.repeat(4 * MIB), true);
    await eventually(() => peer.of(FrameType.fail).length === 1);
    const [failure] = peer.of(FrameType.fail);
    expect(failureIn(failure)).toMatchObject({
      code: 'QUEUE_FULL',
      recourse: 'unknown',
      message: expect.stringMatching(/^a reply of 4194304 bytes.*maxBacklog/) as string,
    });
    await eventually(() => peer.of(FrameType.chunk).length === 64); // the first comes as always
  });
});

describe('a caller', () => {
  /** A server by hand that answers nothing of itself. */
  async function byHand(fields: object = {}) {
    let live: Peer | undefined;
    const { url } = await listen((peer) => {
      live = peer.send(MAGIC, welcome({ service: 'math', ...fields }));
    });
    const peer = () => live as Peer;
    const reply = (call: number) => peer().send(frame(FrameType.reply, varint(call), [9], 'y'));
    return { url, peer, reply };
  }

  test('holds back what its server would refuse, and sends it when others end', async () => {
    const { url, peer, reply } = await byHand({ maxRequests: 2 });
    const { transport } = party('caller', { services: { math: url }, maxWaiting: 2 });
    await transport.reach({ service: 'math' });
    const answers = Array.from({ length: 4 }, () => ask(transport, 'math', 'x'));
    expect(await rejection(ask(transport, 'math', 'x'))).toMatchObject({
      code: 'QUEUE_FULL',
      message:
        "2 requests wait for a connection to 'math' already " +
        '(2 are under way there: it serves no more at once, or does not read them)',
    });
    expect(transport.state.status).toBe('ready');
    await eventually(() => peer().of(FrameType.request).length === 2);
    reply(2);
    await eventually(() => peer().of(FrameType.request).length === 3);
    reply(1);
    await eventually(() => peer().of(FrameType.request).length === 4);
    reply(3);
    reply(4);
    expect(await Promise.all(answers)).toStrictEqual(['y', 'y', 'y', 'y']);
  });

  test('cancels a call that is held back as one that was never sent', async () => {
    const { url, peer, reply } = await byHand({ maxRequests: 1 });
    const { transport } = party('caller', { services: { math: url } });
    await transport.reach({ service: 'math' });
    const first = ask(transport, 'math', 'first');
    const held = transport.request({ service: 'math' }, message('echo', 'held'), 1, new Answer());
    expect(held.sent).toBe(false);
    held.cancel();
    await eventually(() => peer().of(FrameType.request).length === 1);
    reply(1);
    expect(await first).toBe('y');
    const last = ask(transport, 'math', 'last');
    await eventually(() => peer().of(FrameType.request).length === 2);
    reply(2);
    expect(await last).toBe('y');
    expect(peer().of(FrameType.cancel)).toHaveLength(0);
  });

  test('sends all of many more calls than a server takes at once, and none is refused', async () => {
    const server = await serve('math', { maxRequests: 7 });
    const { transport } = party('caller', { services: { math: server.url } });
    const bodies = Array.from({ length: 500 }, (_, index) => `${index}`);
    expect(await Promise.all(bodies.map((body) => ask(transport, 'math', body)))).toStrictEqual(bodies);
  });

  test('gives a server that does not read no more calls, until it reads', async () => {
    const { url, peer, reply } = await byHand();
    const { transport } = party('caller', { services: { math: url }, maxWaiting: 3 });
    await transport.reach({ service: 'math' });
    peer().socket.pause();
    const answers: Promise<unknown>[] = [];
    const body = 'x'.repeat(60_000);
    let full: unknown;
    await eventually(
      () => {
        const answer = ask(transport, 'math', body, 30_000);
        answers.push(answer);
        answer.catch((error: unknown) => (full = error));
        return full !== undefined;
      },
      { within: 20_000 },
    );
    expect(full).toMatchObject({ code: 'QUEUE_FULL', recourse: 'retryable' });
    const settled = Promise.allSettled(answers);
    let answered = 0;
    peer().socket.resume();
    let results: PromiseSettledResult<unknown>[] | undefined;
    void settled.then((all) => (results = all));
    const ends = await eventually((): PromiseSettledResult<unknown>[] => {
      while (answered < peer().of(FrameType.request).length) reply(++answered);
      if (!results) throw new Error('not all have ended');
      return results;
    });
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(answered);
    expect(answered * body.length).toBeGreaterThan(HIGH_WATER);
  }, 30_000);
});
