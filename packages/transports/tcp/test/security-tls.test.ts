import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, TLSSocket } from 'node:tls';
import type { RequestHandler } from '@rookery/core';
import { Authority, type Certified, eventually, rejection, VirtualClock } from '@rookery/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FrameType } from '../src/frames/frame-type.js';
import { GoodbyeReason } from '../src/frames/goodbye.js';
import { MAGIC } from '../src/frames/protocol.js';
import { proofOf, sessionOf } from '../src/security/proof.js';
import { tcp } from '../src/tcp.js';
import { Answer, ask, HOST, message, party, serve } from './parties.js';
import { frame, hello, listen, Peer as Wire } from './wire.js';

const SECRET = 'correct horse battery';
const authority = new Authority();
const { cert: ca } = authority;
const math = authority.issue({ dns: ['math'], ips: [HOST] });
const shop = authority.issue({ dns: ['shop'] });
/** What a caller needs that shows no certificate. */
const trust = { ca };
const mutual = { ...math, ca };

const whoAmI: RequestHandler = ({ envelope }, _credit, responder) => {
  responder.reply(JSON.stringify({ peer: responder.peer, source: envelope.source }), true);
  return { credit() {}, cancel() {} };
};

async function answerTo(url: string, tls: object, service: string | undefined = 'shop'): Promise<unknown> {
  const { transport } = party(service, { services: { math: url }, tls });
  return JSON.parse(String(await ask(transport, 'math', ''))) as unknown;
}

describe('over TLS', () => {
  test('a caller that trusts the authority talks to the service, at an address that says so', async () => {
    const server = await serve('math', { tls: math });
    expect(server.url).toMatch(/^tcps:/);
    const { transport } = party('shop', { services: { math: server.url }, tls: trust });
    const large = 'x'.repeat(3_000_000);
    expect(await ask(transport, 'math', large)).toBe(large);
  });

  test('a caller with tls does not fall back to a plain connection', async () => {
    const server = await serve('math');
    const { transport } = party('shop', { services: { math: server.url }, tls: trust });
    expect(String(await rejection(transport.reach({ service: 'math' }, 500)))).toContain(
      'does not speak TLS',
    );
  });

  const stranger = new Authority('a stranger');
  const imposter = new Authority();
  test.each([
    [
      'of an unknown authority',
      stranger.issue({ ips: [HOST] }),
      trust,
      'of an authority that is not trusted',
    ],
    [
      'of an authority with a known name',
      imposter.issue({ ips: [HOST] }),
      trust,
      'not signed by the authority',
    ],
    ['of no public authority', undefined, {}, 'the certificate is of an authority'],
    ['expired', authority.issue({ ips: [HOST], days: -1 }), trust, 'the certificate has expired'],
    ['for another host', authority.issue({ dns: ['math'] }), trust, 'the certificate is for another name'],
  ])('a certificate %s is refused by the caller, who says why', async (_, certified, tls, says) => {
    const server = await serve('math', { tls: certified ?? math });
    const { transport } = party('shop', { services: { math: server.url }, tls });
    const error = await rejection(ask(transport, 'math', 'hi'));
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED', recourse: 'terminal' });
    expect(String(error)).toContain(says);
  });

  test('servername is the name that is asked for', async () => {
    const server = await serve('math', { tls: authority.issue({ dns: ['math.internal'] }) });
    const { transport } = party('shop', {
      services: { math: server.url },
      tls: { ca, servername: 'math.internal' },
    });
    expect(await ask(transport, 'math', 'hi')).toBe('hi');
  });

  test('a plain caller learns that it has to speak TLS, and so does the log of the service', async () => {
    const server = await serve('math', { tls: math });
    const plain = server.url.replace('tcps:', 'tcp:');
    const { transport } = party('shop', { services: { math: plain } });
    const error = await rejection(transport.reach({ service: 'math' }, 300));
    expect(String(error)).toContain('if it speaks TLS, this side has to as well (tcps://)');
    expect(server.log.about('does not speak TLS').length).toBeGreaterThan(0);
  });

  test('who speaks TLS to a plain service is seen by the first byte', async () => {
    const server = await serve('math');
    const wire = new Wire(connectPlain(server.port, HOST)).send(Buffer.from([0x16, 3, 1]));
    await wire.closed;
    expect(wire.goodbye?.text).toContain('the other side speaks TLS, this one does not');
  });

  test('a handshake that does not go on is given up with the listener', async () => {
    const server = await serve('math', { tls: math });
    const wire = connectPlain(server.port, HOST);
    const closed = new Promise((resolve) => wire.on('close', resolve));
    wire.on('error', () => undefined);
    wire.write(Buffer.from([0x16, 3]));
    await eventually(() => wire.bytesWritten === 2 && !wire.connecting);
    await server.transport.close();
    await closed;
  });

  test('sessions are not resumed, because that would pass by the certificate', async () => {
    const server = await serve('math', { tls: mutual });
    const options = { host: HOST, port: server.port, ca, ...shop };
    const first = connect(options);
    const session = await new Promise<Buffer>((resolve) => first.once('session', resolve));
    first.destroy();
    const second = connect({ ...options, session });
    await new Promise((resolve) => second.once('secureConnect', resolve));
    expect(second.isSessionReused()).toBe(false);
    second.destroy();
  });
});

describe('over mutual TLS', () => {
  test.each([
    ['its DNS name', { dns: ['shop'] }, 'shop', 'shop'],
    ['a DNS name that begins with it', { dns: ['shop.prod.svc'] }, 'shop', 'shop.prod.svc'],
    ['a URI', { uris: ['spiffe://example.org/prod/shop'] }, 'shop', 'spiffe://example.org/prod/shop'],
    ['the CN, if there is nothing else', { cn: 'shop' }, 'shop', 'shop'],
    ['the first, for a caller without a name', { dns: ['web', 'shop'] }, undefined, 'web'],
    ['the one that fits, of several', { cn: 'x', dns: ['web', 'shop'] }, 'shop', 'shop'],
  ])('a caller is who its certificate says: %s', async (_, fields, says, is) => {
    const server = await serve('math', { tls: mutual, handler: whoAmI });
    const { transport } = party(says, {
      services: { math: server.url },
      tls: { ca, ...authority.issue(fields) },
    });
    const answer = JSON.parse(String(await ask(transport, 'math', ''))) as unknown;
    expect(answer).toStrictEqual({ peer: { service: is, by: 'tls' }, source: is });
  });

  test.each<[string, Certified | undefined, string]>([
    ['without a certificate', undefined, 'it asks callers for a certificate, and none was shown'],
    [
      'with one of another authority',
      new Authority('a stranger').issue({ dns: ['shop'] }),
      'of an authority that is not trusted',
    ],
    ['with an expired one', authority.issue({ dns: ['shop'], days: -1 }), 'the certificate has expired'],
    [
      'with one for another service',
      authority.issue({ dns: ['web'] }),
      "it is 'shop', but its certificate has the name 'web'",
    ],
    [
      'with a name that only looks like two',
      authority.issue({ dns: ['x, DNS:shop'] }),
      "has the name 'x, DNS:shop'",
    ],
    [
      'with one for a name that begins the same',
      authority.issue({ dns: ['shop-2'] }),
      "has the name 'shop-2'",
    ],
    [
      'with one that has a name only as CN beside others',
      authority.issue({ cn: 'shop', dns: ['web'] }),
      "the name 'web'",
    ],
    ['with one that has no name', authority.issue({}), 'has no name'],
  ])('a caller %s is refused, and learns why', async (_, certified, says) => {
    const server = await serve('math', { tls: mutual });
    const error = await rejection(answerTo(server.url, { ca, ...certified }));
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED', recourse: 'terminal' });
    expect(String(error)).toContain(says);
    expect(server.log.about('is refused')).toHaveLength(1);
  });
});

describe('a proof of the secret', () => {
  test('holds within TLS', async () => {
    const server = await serve('math', { tls: math, secret: SECRET, handler: whoAmI });
    const { transport } = party('shop', { services: { math: server.url }, tls: trust, secret: SECRET });
    expect(JSON.parse(String(await ask(transport, 'math', '')))).toMatchObject({ peer: { by: 'secret' } });
  });

  test('cannot be passed on to another server by one in between', async () => {
    const server = await serve('math', { tls: math, secret: SECRET });
    // The one in between has a certificate that the caller trusts, but not the secret: it passes all frames on.
    const between = authority.issue({ ips: [HOST] });
    const relay = await listen(() => undefined);
    const passed: number[] = [];
    relay.server.removeAllListeners('connection');
    relay.server.on('connection', (raw) => {
      const near = new Wire(new TLSSocket(raw, { isServer: true, ...between }));
      const far = new Wire(connect({ host: HOST, port: server.port, ca }));
      near.socket.on('data', (bytes: Buffer) => far.send(bytes));
      far.socket.on('data', (bytes: Buffer) => near.send(bytes));
      far.socket.on('close', () => {
        passed.push(...near.frames.map(({ type }) => type));
        near.socket.end();
      });
    });
    const { transport } = party('shop', {
      services: { math: relay.url },
      tls: trust,
      secret: SECRET,
    });
    expect(String(await rejection(ask(transport, 'math', 'hi')))).toContain('none of this service');
    await eventually(() => passed.length > 0);
    expect(passed).toContain(FrameType.proof);
  });

  test('is for one session: one of another is refused', async () => {
    const server = await serve('math', { tls: math, secret: SECRET });
    const said = hello({ service: 'shop', nonce: 'n'.repeat(32) });
    const prove = async (own: boolean): Promise<Wire> => {
      const socket = connect({ host: HOST, port: server.port, ca });
      const wire = new Wire(socket).send(MAGIC, said);
      await eventually(() => wire.of(FrameType.challenge).length > 0);
      const challenge = wire.of(FrameType.challenge)[0] as Buffer;
      const session = own ? sessionOf(socket) : new Uint8Array();
      return wire.send(
        frame(FrameType.proof, proofOf(SECRET, 'caller', { hello: said.subarray(5), challenge, session })),
      );
    };
    const good = await prove(true);
    await eventually(() => good.of(FrameType.welcome).length > 0);
    const bad = await prove(false);
    await bad.closed;
    expect(bad.goodbye).toMatchObject({ reason: GoodbyeReason.unauthenticated });
  });
});

describe('certificates in files', () => {
  function files(of: Certified & { ca?: string }) {
    const folder = mkdtempSync(join(tmpdir(), 'rookery-tls-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const paths = { cert: join(folder, 'cert'), key: join(folder, 'key'), ca: join(folder, 'ca') };
    const write = (next: Partial<Certified & { ca: string }>) => {
      for (const [part, text] of Object.entries(next)) writeFileSync(join(folder, part), text);
    };
    write({ ca, ...of });
    return { paths, write };
  }

  test('are read again without a restart, by the service and its callers', async () => {
    const clock = new VirtualClock();
    const { paths, write } = files(math);
    const server = await serve('math', { tls: { ...paths, mutual: true }, handler: whoAmI, clock });
    expect(await answerTo(server.url, { ca, ...shop })).toMatchObject({ source: 'shop' });

    // Both get new certificates, of a new authority.
    const later = new Authority('later');
    const both = ca + later.cert;
    const mine = files({ ...shop, ca: both });
    const { transport } = party('shop', { services: { math: server.url }, tls: mine.paths });
    expect(JSON.parse(String(await ask(transport, 'math', '')))).toMatchObject({ source: 'shop' });
    write({ ca: both, ...later.issue({ dns: ['math'], ips: [HOST] }) });
    await clock.advance(10_000);
    expect(server.log.about('the TLS files have changed')).toHaveLength(1);
    expect(await answerTo(server.url, { ca: later.cert, ...shop })).toMatchObject({ source: 'shop' });

    // The caller's connection goes on; a new one shows what is in the files by then.
    expect(JSON.parse(String(await ask(transport, 'math', '')))).toMatchObject({ source: 'shop' });
    mine.write(later.issue({ uris: ['spiffe://later/shop'] }));
    for (const socket of transport.unwrap() as TLSSocket[]) socket.destroy();
    await eventually(() => (transport.unwrap() as TLSSocket[]).length === 0);
    expect(JSON.parse(String(await ask(transport, 'math', '')))).toMatchObject({
      source: 'spiffe://later/shop',
    });

    // The old authority goes.
    write({ ca: later.cert });
    await clock.advance(10_000);
    const old = await rejection(answerTo(server.url, { ca: both, ...shop }));
    expect(String(old)).toContain('not trusted');
  });

  test('that are broken are told of once, and the old ones stay', async () => {
    const clock = new VirtualClock();
    const { paths, write } = files(math);
    const server = await serve('math', { tls: { ...paths, mutual: false }, clock });
    const { transport } = party('shop', { services: { math: server.url }, tls: trust });
    write({ key: shop.key });
    await clock.advance(10_000);
    await clock.advance(10_000);
    await clock.advance(10_000);
    expect(server.log.about('error the TLS files have changed, but cannot be used')).toHaveLength(1);
    expect(await ask(transport, 'math', 'hi')).toBe('hi');
    write({ key: math.key });
    await clock.advance(10_000);
    expect(server.log.about('new connections use the new ones')).toHaveLength(1);
  });

  test.each([
    [{ cert: '/nowhere/cert', key: '/nowhere/key' }, 'tls.cert cannot be read: ENOENT'],
    [{ cert: math.cert, key: shop.key }, 'tls.cert and tls.key cannot be used'],
    [{ ...math, ca: '-----BEGIN nonsense' }, 'tls.ca cannot be used'],
    [{ cert: math.cert }, 'tls.cert is given without tls.key'],
    [{ ca }, 'takes a certificate; give tls.cert and tls.key'],
    [{ ...math, mutual: true }, 'add tls.ca'],
    [{ ...math, reloadInterval: 0 }, 'tls.reloadInterval is 0'],
  ])('%#: what cannot work is said at once', (tls, says) => {
    expect(() => tcp({ listen: { host: HOST, port: 0 }, tls })).toThrow(says);
  });
});

test('a message cannot say another source than the certificate', async () => {
  const server = await serve('math', { tls: mutual, handler: whoAmI });
  const { transport } = party('shop', { services: { math: server.url }, tls: { ca, ...shop } });
  const answer = new Answer();
  transport.request({ service: 'math' }, message('x', '', { source: 'admin' }), 1, answer);
  expect(JSON.parse(String(await answer.one()))).toMatchObject({ source: 'shop' });
});
