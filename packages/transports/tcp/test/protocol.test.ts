import { eventually } from '@rookery/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { AckOutcome, OUTCOME_BOUND } from '../src/frames/ack.js';
import { BodyFlag, kindOf } from '../src/frames/body-flags.js';
import { EnvelopeField } from '../src/frames/envelope-fields.js';
import { FRAME_NAMES, FrameType } from '../src/frames/frame-type.js';
import { textBound, VARINT_BOUND } from '../src/frames/frame-writer.js';
import { GoodbyeReason } from '../src/frames/goodbye.js';
import {
  CHUNK_SIZE,
  MAGIC,
  MAX_BODIES,
  MAX_HELLO,
  MAX_NUMBER,
  MAX_PATTERNS,
  MAX_WELCOME,
  MIN_MAX_FRAME,
} from '../src/frames/protocol.js';
import { settingsOf } from '../src/options.js';
import { comments, examples, numberIn, table } from './document.js';
import { Answer, HOST, message, party, serve, Subscriber, subscription } from './parties.js';
import { dial, frame, hello, listen, welcome } from './wire.js';

const numbered = (...titles: string[]): Record<string, number> =>
  Object.fromEntries(table(...titles).map(([number, name]) => [name, Number(number)]));

describe('PROTOCOL.md has the code’s', () => {
  const frames = table('type', 'name', 'from', 'fields');

  test('frame types', () => {
    const upper = Object.entries(FrameType).map(([name, type]) => [name.toUpperCase(), type]);
    expect(numbered('type', 'name')).toStrictEqual(Object.fromEntries(upper));
  });

  test.each(frames.filter(([, , from]) => from === 'server'))(
    'frame %s, %s, only from the server',
    async (type) => {
      const server = await serve('math');
      const peer = dial(server.port, hello(), frame(Number(type)));
      await peer.closed;
      const what = `malformed bytes: a ${FRAME_NAMES[Number(type)]} frame, which only the side that listens may send`;
      expect(peer.goodbye).toStrictEqual({ reason: GoodbyeReason.violation, text: what });
    },
  );

  test.each(frames.filter(([, , from]) => from === 'caller'))(
    'frame %s, %s, only from the caller',
    async (type) => {
      const { url } = await listen((peer) =>
        peer.send(MAGIC, welcome({ service: 'math' }), frame(Number(type))),
      );
      const { transport, log } = party('caller', { services: { math: url } });
      await transport.reach({ service: 'math' });
      const what = `a ${FRAME_NAMES[Number(type)]} frame, which only the side that connected may send`;
      await eventually(() => log.about(what).length > 0);
    },
  );

  test('bits of a body', () => {
    const [kind, chunked, last, upload] = table('bits', 'what').map(([bits = '']) =>
      bits.split(',').reduce((sum, bit) => sum + 2 ** Number(bit), 0),
    );
    expect({ kind, chunked, last, upload }).toStrictEqual(BodyFlag);
    const [kinds] = table('bits', 'what');
    expect(kinds?.[1]).toBe(
      `${kindOf(undefined)}: no body, ${kindOf('')}: text, ${kindOf(new Uint8Array())}: bytes`,
    );
  });

  test('bits of an envelope', () => {
    const bits = Object.entries(numbered('bit', 'field', 'as')).map(([name, bit]) => [name, 2 ** bit]);
    expect(Object.fromEntries(bits)).toStrictEqual(EnvelopeField);
  });

  test('outcomes of an ACK', () => {
    expect(numbered('outcome', 'name')).toStrictEqual(AckOutcome);
  });

  test('reasons of a GOODBYE', () => {
    expect(numbered('reason', 'name')).toStrictEqual(GoodbyeReason);
  });

  test('limits', () => {
    const { maxFrame, maxBody, limits } = settingsOf({});
    const reason = (OUTCOME_BOUND - 1 - VARINT_BOUND - textBound('')) / (textBound('x') - textBound(''));
    expect(table('limit', 'value').map(([, value]) => numberIn(value))).toStrictEqual([
      MAX_HELLO,
      MAX_WELCOME,
      maxFrame,
      MIN_MAX_FRAME,
      maxBody,
      CHUNK_SIZE,
      MAX_PATTERNS,
      MAX_BODIES,
      limits.maxRequests,
      MAX_NUMBER,
      reason,
    ]);
  });
});

describe('the example of PROTOCOL.md', () => {
  const [caller = Buffer.alloc(0), server = Buffer.alloc(0)] = examples();

  /** Everything that a socket gave, as one buffer. */
  function heard(socket: Socket): () => Buffer {
    const parts: Buffer[] = [];
    socket.on('data', (part: Buffer) => parts.push(part));
    socket.on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
    return () => Buffer.concat(parts);
  }

  test('is what a caller sends, and understands', async () => {
    const accepted = Promise.withResolvers<Socket>();
    const listener = createServer(accepted.resolve);
    await new Promise<void>((resolve) => listener.listen(0, HOST, resolve));
    onTestFinished(() => void listener.close());
    const url = `tcp://${HOST}:${(listener.address() as AddressInfo).port}`;
    const { transport, log } = party('bench', { services: { math: url }, replica: 'b1' });
    const reached = transport.reach({ service: 'math' });
    const socket = await accepted.promise;
    const bytes = heard(socket);
    const greeting = MAGIC.length + 4 + server.readUInt32BE(MAGIC.length);
    socket.write(server.subarray(0, greeting));
    await reached;

    const answer = new Answer();
    const sum = { ...message('{"cmd":"sum"}', '[1,2,3]', { id: 'c1-0', source: 'bench', timeout: 30_000 }) };
    transport.request({ service: 'math' }, sum, 1, answer);
    const told = { id: 'c1-1', source: 'bench', time: 1_700_000_000_000 };
    await transport.publish([{ message: message('user.created', '{"id":7}', told) }]);
    await eventually(() => bytes().length >= caller.length);
    expect(bytes().toString('hex')).toBe(caller.toString('hex'));

    socket.write(server.subarray(greeting));
    expect(await answer.all).toStrictEqual(['6']);
    const closing = transport.close();
    await eventually(() => transport.state.status === 'closed' || socket.readableEnded);
    socket.end();
    await closing;
    expect(log.about('lost')).toStrictEqual([]); // the event was acknowledged
  });

  test('is what a server sends, and understands', async () => {
    const audit = new Subscriber();
    const asked: unknown[] = [];
    const { transport } = party('math', { listen: { host: HOST, port: 0 }, replica: 'm1' });
    transport.serve('math', (request, credit, responder) => {
      asked.push([request, credit]);
      responder.reply('6', true);
      return { credit() {}, cancel() {} };
    });
    transport.subscribe(subscription('math', { endpoint: 'audit', patterns: ['user.*'] }), audit.take);
    await transport.open();
    const socket = connect(Number(new URL(transport.describe().addresses[0] as string).port), HOST);
    const bytes = heard(socket);
    socket.write(caller);
    await eventually(() => bytes().length >= server.length);
    expect(bytes().toString('hex')).toBe(server.toString('hex'));

    const sum = message('{"cmd":"sum"}', '[1,2,3]', { id: 'c1-0', source: 'bench', timeout: 30_000 });
    expect(asked).toStrictEqual([[sum, 1]]);
    const told = { id: 'c1-1', source: 'bench', time: 1_700_000_000_000 };
    expect(audit.deliveries.map((one) => [one.message, one.attempt])).toStrictEqual([
      [message('user.created', '{"id":7}', told), 1],
    ]);
  });

  test('says beside the bytes what they are', () => {
    const frames = comments().filter(({ says }) => / bytes, [A-Z]+$/.test(says));
    expect(frames.length).toBe(8);
    for (const { bytes, says } of frames) {
      expect(says).toBe(`${bytes.readUInt32BE()} bytes, ${FRAME_NAMES[bytes[4] as number]}`);
    }
    const texts = comments().filter(
      ({ bytes }) => bytes.length > 2 && bytes.every((byte) => byte >= 0x20 && byte < 0x7f),
    );
    for (const { bytes, says } of texts) expect(says).toBe(bytes.toString('latin1'));
  });
});
