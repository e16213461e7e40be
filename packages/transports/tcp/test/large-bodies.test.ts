import { Writable } from 'node:stream';
import { isRookeryError } from '@rookery/core';
import { eventually, rejection } from '@rookery/testing';
import { describe, expect, test } from 'vitest';
import { BufferPool } from '../src/connection/buffer-pool.js';
import { FrameType } from '../src/frames/frame-type.js';
import { CHUNK_SIZE, MAGIC } from '../src/frames/protocol.js';
import { MessageWriter } from '../src/connection/message-writer.js';
import { Outgoing, WRITE_SIZE } from '../src/connection/outgoing.js';
import { Answer, ask, message, party, serve } from './parties.js';
import { dial, frame, hello, LIMITS, listen, welcome, type Peer } from './wire.js';

const LARGE = 'ä'.repeat(2_000_000);

describe('a large body', () => {
  test('is overtaken by a small call, both ways', async () => {
    const order: string[] = [];
    const server = await serve('math', {
      handler: (request, _credit, responder) => {
        order.push(`${String(request.body).length} asked`);
        responder.reply(request.body, true);
        return { credit() {}, cancel() {} };
      },
    });
    const { transport } = party('caller', { services: { math: server.url } });
    await transport.reach({ service: 'math' });
    const large = ask(transport, 'math', LARGE).then((body) => {
      order.push('large answered');
      return body;
    });
    const small = async () => {
      for (let call = 1; call <= 3; call++) expect(await ask(transport, 'math', `${call}`)).toBe(`${call}`);
      order.push('small answered');
    };
    await small();
    expect(order.at(-1)).toBe('small answered');
    expect(order).not.toContain(`${LARGE.length} asked`);
    expect(await large).toBe(LARGE);
  });

  test('takes turns with others, so that the shortest is there first', async () => {
    const server = await serve('math');
    const { transport } = party('caller', { services: { math: server.url } });
    await transport.reach({ service: 'math' });
    const order: number[] = [];
    const sizes = [3_000_000, 1_000_000, 200_000];
    await Promise.all(
      sizes.map(async (size) => {
        expect(await ask(transport, 'math', new Uint8Array(size).fill(size % 251))).toHaveLength(size);
        order.push(size);
      }),
    );
    expect(order).toStrictEqual(sizes.toReversed());
  });

  test('of a stream keeps its place among the values', async () => {
    const bodies = ['1', LARGE, '2', LARGE.slice(1), undefined, '3'];
    const server = await serve('math', {
      handler: (_request, _credit, responder) => {
        for (const body of bodies) responder.reply(body, false);
        responder.reply(undefined, true);
        return { credit() {}, cancel() {} };
      },
    });
    const { transport } = party('caller', { services: { math: server.url } });
    const answer = new Answer();
    transport.request({ service: 'math' }, message('all', undefined), 10, answer);
    expect(await answer.all).toStrictEqual(bodies);
  });

  test('is taken back when its call is cancelled', async () => {
    let peer: Peer | undefined;
    const { url } = await listen(
      (one) => void (peer = one).send(MAGIC, welcome({ service: 'math', maxBody: 1e9 })),
    );
    const { transport } = party('caller', { services: { math: url } });
    await transport.reach({ service: 'math' });
    const size = 100_000_000;
    const call = transport.request(
      { service: 'math' },
      message('echo', new Uint8Array(size)),
      1,
      new Answer(),
    );
    await eventually(() => (peer?.of(FrameType.chunk).length ?? 0) > 2);
    call.cancel();
    await eventually(() => peer?.of(FrameType.chunk).at(-1)?.length === 1); // its number and no bytes
    expect(peer?.of(FrameType.cancel)).toHaveLength(1);
    expect((peer?.of(FrameType.chunk).length ?? 0) * CHUNK_SIZE).toBeLessThan(size);
  });

  test('that one side does not take is refused before it is sent', async () => {
    const server = await serve('math', { maxBody: 100_000 });
    const { transport } = party('caller', { services: { math: server.url } });
    expect(await rejection(ask(transport, 'math', 'x'.repeat(100_001)))).toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      message: 'the body of echo has 100001 bytes; the other side takes at most 100000',
    });
    const { transport: frugal } = party('caller', { services: { math: server.url }, maxBody: 70_000 });
    const error = await rejection(ask(frugal, 'math', 'x'.repeat(80_000)));
    expect(isRookeryError(error) && error.message).toBe(
      'a reply of 80000 bytes; the caller takes at most 70000',
    );
    expect(await ask(frugal, 'math', 'y'.repeat(70_000))).toHaveLength(70_000);
  });

  test('that is announced beyond maxBody is refused before any of it comes', async () => {
    const server = await serve('math', { maxBody: 1_000_000 });
    const announce = [1, 1, 5, 0, 1, 0x70, 0, 1, 0x69, 1, 0xc1, 0x84, 0x3d]; // 1,000,001 bytes of text
    const peer = dial(server.port, hello(), frame(FrameType.request, announce));
    await peer.closed;
    expect(peer.goodbye?.text).toContain('a body of 1000001 bytes; this side takes at most 1000000');
  });
});

describe('what is written', () => {
  /** A socket that takes everything at once, or nothing. */
  class Counted extends Writable {
    writes = 0;
    bytes = 0;
    takes = true;
    override _write(chunk: Buffer, _encoding: string, done: () => void): void {
      this.writes++;
      this.bytes += chunk.length;
      if (this.takes) done();
    }
  }
  const peer = { service: undefined, replica: 'r', maxFrame: LIMITS.maxFrame, maxBody: 1e9, knows: [] };

  test('in one turn leaves in as few writes as its bytes need', async () => {
    const socket = new Counted();
    const outgoing = new Outgoing(socket, new BufferPool());
    const writer = new MessageWriter(outgoing, undefined, peer);
    for (let call = 1; call <= 10_000; call++) writer.request(call, message('echo', 'x'), undefined, 1);
    outgoing.end();
    await new Promise((resolve) => socket.once('finish', resolve));
    // The magic, the first few, each twice as large, a write as soon as it is worth one, and what is left.
    expect(socket.writes).toBeLessThanOrEqual(8 + Math.ceil(socket.bytes / WRITE_SIZE));
  });

  test('of large bodies is no more than the peer reads, but for two chunks', async () => {
    const socket = new Counted();
    const outgoing = new Outgoing(socket, new BufferPool());
    const writer = new MessageWriter(outgoing, undefined, peer);
    socket.takes = false;
    writer.request(1, message('echo', new Uint8Array(50_000_000)), undefined, 1);
    writer.request(2, message('echo', new Uint8Array(50_000_000)), undefined, 1);
    await eventually(() => outgoing.backlog > 2 * CHUNK_SIZE);
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(outgoing.backlog).toBeLessThan(4 * CHUNK_SIZE);
    outgoing.stop();
  });
});
