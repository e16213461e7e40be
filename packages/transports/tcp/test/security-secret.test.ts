import type { Body, RequestHandler } from '@rookery/core';
import { eventually, rejection, VirtualClock } from '@rookery/testing';
import { describe, expect, test } from 'vitest';
import { FrameType } from '../src/frames/frame-type.js';
import { GoodbyeReason } from '../src/frames/goodbye.js';
import { MAGIC } from '../src/frames/protocol.js';
import { proofOf } from '../src/security/proof.js';
import { tcp } from '../src/tcp.js';
import { Answer, ask, message, party, serve } from './parties.js';
import { dial, frame, hello, listen, type Peer as Wire, reach, welcome } from './wire.js';

const SECRET = 'correct horse battery';
const OTHER = 'staple that is another';
const NONCE = 'n'.repeat(32);
const NOTHING = new Uint8Array();

/** Answers with who the caller is. */
const whoAmI: RequestHandler = ({ envelope }, _credit, responder) => {
  responder.reply(JSON.stringify({ peer: responder.peer, source: envelope.source }), true);
  return { credit() {}, cancel() {} };
};

/** Waits for a frame of a type. */
async function next(wire: Wire, type: number): Promise<Buffer> {
  await eventually(() => wire.of(type).length > 0);
  return wire.of(type)[0] as Buffer;
}

const HELLO = hello({ service: 'shop', nonce: NONCE });
/** The fields of a frame. */
const fieldsOf = (bytes: Buffer): Buffer => bytes.subarray(5);

/** A caller by hand that has been asked for its proof. */
async function challenged(port: number, said = HELLO): Promise<{ wire: Wire; challenge: Buffer }> {
  const wire = dial(port, said);
  return { wire, challenge: await next(wire, FrameType.challenge) };
}

function caller(challenge: Uint8Array, secret = SECRET, said = HELLO): Buffer {
  const transcript = { hello: fieldsOf(said), challenge, session: NOTHING };
  return frame(FrameType.proof, proofOf(secret, 'caller', transcript));
}

describe('two sides with the same secret', () => {
  test('talk, and the handler knows who called', async () => {
    const server = await serve('math', { secret: SECRET, handler: whoAmI });
    const { transport } = party('shop', { services: { math: server.url }, secret: SECRET });
    const answer = JSON.parse(String(await ask(transport, 'math', ''))) as unknown;
    expect(answer).toStrictEqual({ peer: { service: 'shop', by: 'secret' }, source: 'shop' });
    expect(server.log.lines.join()).not.toContain(SECRET);
  });

  test('never send it', async () => {
    const server = await serve('math', { secret: SECRET });
    const { wire, challenge } = await challenged(server.port);
    wire.send(caller(challenge));
    await next(wire, FrameType.welcome);
    for (const { fields } of wire.frames) expect(fields.includes(SECRET)).toBe(false);
  });

  test('are the caller that its handshake named, whatever a message says', async () => {
    const server = await serve('math', { secret: SECRET, handler: whoAmI });
    const { transport } = party('shop', { services: { math: server.url }, secret: SECRET });
    const answer = new Answer();
    transport.request({ service: 'math' }, message('who', '', { source: 'admin' }), 1, answer);
    expect(JSON.parse(String(await answer.one()))).toMatchObject({ source: 'shop' });
  });
});

describe('a secret is changed without a failed call', () => {
  const steps: (string | string[])[] = [SECRET, [SECRET, OTHER], [OTHER, SECRET], OTHER];
  const pairs = steps.flatMap((step, at) => [
    [step, step],
    ...(steps[at + 1] === undefined
      ? []
      : [
          [step, steps[at + 1]],
          [steps[at + 1], step],
        ]),
  ]) as [string | string[], string | string[]][];

  test.each(pairs)('a server with %j and a caller with %j', async (ofServer, ofCaller) => {
    const server = await serve('math', { secret: ofServer });
    const { transport } = party('shop', { services: { math: server.url }, secret: ofCaller });
    expect(await ask(transport, 'math', 'hi')).toBe('hi');
  });
});

describe('who cannot prove it is turned away', () => {
  const UNAUTHENTICATED = { code: 'UNAUTHENTICATED', recourse: 'terminal' };

  test.each([
    ['a caller without a secret', SECRET, undefined, 'give the caller the secret'],
    ['a caller with another', SECRET, OTHER, 'the secret of the caller is none of this service'],
    ['a server without one', undefined, SECRET, 'asks for no secret, but this side has one'],
  ])('%s', async (_, ofServer, ofCaller, says) => {
    const server = await serve('math', { secret: ofServer });
    const { transport } = party('shop', { services: { math: server.url }, secret: ofCaller });
    const error = await rejection(ask(transport, 'math', 'hi'));
    expect(error).toMatchObject(UNAUTHENTICATED);
    expect(String(error)).toContain(says);
    expect(String(error)).toContain(`'math' at ${server.url}`);
    const said = server.log.lines.join() + String(error);
    expect(said).not.toContain(SECRET);
    expect(said).not.toContain(OTHER);
  });

  test('a log tells of many in one line', async () => {
    const clock = new VirtualClock();
    const server = await serve('math', { secret: SECRET, clock });
    const knock = async () => dial(server.port, hello()).closed;
    await knock();
    await knock();
    await knock();
    expect(server.log.about('is refused')).toHaveLength(1);
    await clock.advance(10_000);
    await knock();
    expect(server.log.about('is refused')).toHaveLength(2);
    expect(server.log.about('and 2 more were turned away')).toHaveLength(1);
  });
});

describe('an intruder', () => {
  const tries: [string, (wire: Wire, port: number) => Promise<unknown>, number, string][] = [
    ['without a nonce', async (w) => w.send(hello()), GoodbyeReason.unauthenticated, 'give the caller'],
    [
      'with a proof made by another secret',
      afterChallenge((challenge) => caller(challenge, OTHER)),
      GoodbyeReason.unauthenticated,
      'none of this service',
    ],
    [
      'with a proof of no bytes',
      afterChallenge(() => frame(FrameType.proof)),
      GoodbyeReason.unauthenticated,
      'none of',
    ],
    [
      'with the right proof and a byte more',
      afterChallenge((challenge) => frame(FrameType.proof, fieldsOf(caller(challenge)), [0])),
      GoodbyeReason.unauthenticated,
      'none of',
    ],
    [
      'with a proof before it was asked',
      async (w) => w.send(caller(NOTHING)),
      GoodbyeReason.violation,
      'before the HELLO',
    ],
    [
      'with a proof and no answer awaited',
      async (w) => w.send(HELLO, caller(NOTHING)),
      GoodbyeReason.unauthenticated,
      'none of',
    ],
    [
      'with a second HELLO',
      afterChallenge(() => HELLO),
      GoodbyeReason.violation,
      'a HELLO frame before the PROOF',
    ],
    [
      'with a request in place of the proof',
      afterChallenge(() => frame(FrameType.request, [1, 1, 0, 0])),
      GoodbyeReason.violation,
      'before the PROOF',
    ],
    [
      'with a HELLO after the handshake',
      afterChallenge((challenge) => Buffer.concat([caller(challenge), HELLO])),
      GoodbyeReason.violation,
      'after the handshake',
    ],
    [
      'with a nonce that is short',
      async (w) => w.send(hello({ nonce: 'n' })),
      GoodbyeReason.violation,
      'at least 16',
    ],
    [
      'with a nonce that is no text',
      async (w) => w.send(hello({ nonce: 7 })),
      GoodbyeReason.violation,
      'nonce is no text',
    ],
    [
      'that plays a good handshake again',
      async (w, port) => {
        const good = await challenged(port);
        const proof = caller(good.challenge);
        good.wire.send(proof);
        await next(good.wire, FrameType.welcome);
        w.send(HELLO, proof);
      },
      GoodbyeReason.unauthenticated,
      'none of',
    ],
    [
      'that sends back what the server proved to another',
      async (w, port) => {
        const good = await challenged(port);
        good.wire.send(caller(good.challenge));
        const { proof } = JSON.parse(String(await next(good.wire, FrameType.welcome))) as { proof: string };
        await nextChallenge(w, HELLO);
        w.send(frame(FrameType.proof, Buffer.from(proof, 'base64url')));
      },
      GoodbyeReason.unauthenticated,
      'none of',
    ],
    [
      'that has a proof for another HELLO',
      afterChallenge((challenge) => caller(challenge, SECRET, hello({ service: 'admin', nonce: NONCE }))),
      GoodbyeReason.unauthenticated,
      'none of',
    ],
  ];

  async function nextChallenge(wire: Wire, said?: Buffer): Promise<Buffer> {
    if (said) wire.send(said);
    return next(wire, FrameType.challenge);
  }

  function afterChallenge(answer: (challenge: Buffer) => Buffer) {
    return async (wire: Wire) => wire.send(answer(await nextChallenge(wire, HELLO)));
  }

  test.each(tries)('%s gets nowhere', async (_, attempt, reason, text) => {
    const bodies: Body[] = [];
    const handler: RequestHandler = ({ body }, _credit, responder) => {
      bodies.push(body);
      responder.reply(body, true);
      return { credit() {}, cancel() {} };
    };
    const server = await serve('math', { secret: SECRET, handler });
    const wire = dial(server.port);
    await attempt(wire, server.port);
    await wire.closed;
    expect(wire.goodbye).toMatchObject({ reason });
    expect(wire.goodbye?.text).toContain(text);
    expect(bodies).toStrictEqual([]);
  });

  test('with the stock wire gets nowhere', async () => {
    const server = await serve('math', { secret: SECRET });
    const wire = reach(server.port, Buffer.from('26#{"pattern":"x","data":1}'));
    await wire.closed;
    expect(wire.goodbye).toMatchObject({ reason: GoodbyeReason.violation });
  });

  test('that is silent in the middle of a frame is given up', async () => {
    const clock = new VirtualClock();
    const server = await serve('math', { secret: SECRET, connectTimeout: 70, clock });
    const half = dial(server.port, HELLO.subarray(0, 20));
    const silent = await challenged(server.port);
    await eventually(() => half.frames.length === 0 && silent.wire.frames.length === 1);
    await clock.advance(70);
    await Promise.all([half.closed, silent.wire.closed]);
  });

  test('that plays a server gets no proof for another service, and none is believed', async () => {
    const { url, server } = await listen((wire) => {
      wire.send(MAGIC, frame(FrameType.challenge, JSON.stringify({ nonce: NONCE, service: 'users' })));
    });
    const { transport } = party('shop', { services: { math: url }, secret: SECRET });
    expect(String(await rejection(ask(transport, 'math', 'hi')))).toContain(
      "there is the service 'users', which gets no proof",
    );
    server.close();

    const mirror = await listen((wire) => {
      wire.send(MAGIC, frame(FrameType.challenge, JSON.stringify({ nonce: NONCE, service: 'math' })));
      void next(wire, FrameType.proof).then((proof) =>
        wire.send(welcome({ service: 'math', proof: proof.toString('base64url') })),
      );
    });
    const { transport: other } = party('shop', { services: { math: mirror.url }, secret: SECRET });
    expect(String(await rejection(ask(other, 'math', 'hi')))).toContain(
      'did not prove that it has the secret',
    );
  });
});

describe('secret', () => {
  test.each([
    [[], 'secret is an empty list'],
    ['short', 'secret number 1 has 5 characters; it has to have at least 16'],
    [[SECRET, 'tiny'], 'secret number 2 has 4 characters'],
  ])('cannot be %j', (secret, says) => {
    expect(() => tcp({ secret })).toThrow(says);
  });
});
