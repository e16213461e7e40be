import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { Authority, type Certified, eventually } from '@rookery/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PacketReader } from '../src/nest-wire/packet-reader.js';
import { tcp } from '../src/tcp.js';
import { ask, HOST, message, party, serve, Subscriber, subscription, type ServerOptions } from './parties.js';

const packet = (value: unknown): string => {
  const json = JSON.stringify(value);
  return `${json.length}#${json}`;
};

/** A stock client by hand: what it is sent, parsed. */
class StockPeer {
  readonly socket: Socket;
  readonly packets: unknown[] = [];
  closed = false;
  /** What is wrong with what it was sent. */
  strange: unknown;

  constructor(port: number, socket: Socket = connect(port, HOST)) {
    this.socket = socket;
    const reader = new PacketReader(1 << 28, (one) => this.packets.push(one));
    this.socket.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        // Who is turned away before his wire is known gets the reason on Rookery's.
        this.strange = error;
        reader.stop();
      }
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => (this.closed = true));
    onTestFinished(() => void this.socket.destroy());
  }

  send(...parts: (string | Uint8Array)[]): this {
    for (const part of parts) this.socket.write(part);
    return this;
  }
}

const both = { wires: ['rookery', 'nest'] } as const;
const serveBoth = (options: ServerOptions = {}) => serve('math', { ...both, ...options });
const request = (id: unknown, data: unknown, pattern: unknown = 'echo') => packet({ pattern, data, id });
const answer = (id: unknown, response: unknown) => ({ response, isDisposed: true, id });

describe('packets', () => {
  const values = [{ text: 'é鴉😀' }, [], '#', { a: '12#{' }, '😀'.repeat(50)];
  const bytes = Buffer.from(values.map(packet).join(''));

  function read(...chunks: Uint8Array[]): unknown[] {
    const found: unknown[] = [];
    const reader = new PacketReader(1000, (one) => found.push(one));
    for (const chunk of chunks) reader.push(Buffer.from(chunk));
    expect(reader.partial).toBe(false);
    return found;
  }

  test('are cut wherever a read ends', () => {
    for (let at = 0; at <= bytes.length; at++)
      expect(read(bytes.subarray(0, at), bytes.subarray(at))).toEqual(values);
  });

  test('are cut when each byte comes alone', () => {
    expect(read(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(values);
  });

  test.each([
    ['a length that is none', 'abc#', '"a" where the length of a packet should be'],
    ['no length', '#{}', '"#" where the length of a packet should be'],
    ['a negative length', '-1#', '"-" where the length of a packet should be'],
    ['a huge length', '2000000000#{', 'a packet of 2000000000 characters; this side takes at most 1000'],
    ['digits without end', '1'.repeat(20), 'a length of too many digits'],
    ['no JSON', '3#{a}', 'a packet that is not JSON'],
    ['the other wire', 'RKRY', "speaks Rookery's own wire; leave out wire: 'nest'"],
  ])('with %s are a violation', (_, text, why) => {
    expect(() => read(Buffer.from(text))).toThrow(why);
  });

  test('wait while they are held, and come in their order', () => {
    const found: unknown[] = [];
    const reader = new PacketReader(1000, (one) => {
      found.push(one);
      if (found.length === 2) reader.hold();
    });
    reader.push(bytes);
    expect(found).toHaveLength(2);
    reader.release();
    expect(found).toEqual(values);
  });
});

describe('a service of both wires', () => {
  test('answers packets that come in one write, and byte by byte, with nothing added', async () => {
    const { port } = await serveBoth();
    const count = 5000;
    const peer = new StockPeer(port);
    peer.send(Array.from({ length: count }, (_, index) => request(`${index}`, { index })).join(''));
    await eventually(() => peer.packets.length === count);
    expect(peer.packets).toEqual(Array.from({ length: count }, (_, index) => answer(`${index}`, { index })));
    const slow = new StockPeer(port);
    slow.socket.setNoDelay(true);
    for (const byte of Buffer.from(request(7, '鴉😀'))) slow.send(Uint8Array.of(byte));
    await eventually(() => slow.packets.length === 1);
    expect(slow.packets).toEqual([answer(7, '鴉😀')]);
  });

  test('answers a pattern that nobody can have as stock Nest does', async () => {
    const peer = new StockPeer((await serveBoth()).port);
    let deep: object = {};
    for (let depth = 0; depth < 10; depth++) deep = { deep };
    peer.send(request('a', 1, deep), request('b', 1, null), packet({ data: 1, id: 'c' }));
    await eventually(() => peer.packets.length === 3);
    const err = 'There is no matching message handler defined in the remote service.';
    expect(peer.packets).toEqual(['a', 'b', 'c'].map((id) => ({ status: 'error', err, id })));
  });

  test.each([
    ['garbage', 'GET / HTTP/1.1', 'begins with the byte 0x47; this side speaks rookery and nest'],
    ['a broken length', '12x#', 'where the length of a packet should be'],
    ['a huge length', '9999999999#{', 'a packet of 9999999999 characters'],
    ['a packet that is no object', '1#5', 'a packet that is 5'],
    ['half of a packet, and silence', '10#{"a"', 'half of a packet, and then nothing for 50 ms'],
  ])('closes a connection with %s, says why, and serves the others', async (_, text, why) => {
    const { port, url, log } = await serveBoth({ frameTimeout: 50 });
    const peer = new StockPeer(port).send(text);
    await eventually(() => peer.closed);
    expect(log.about(why)).toHaveLength(1);
    const { transport } = party('caller', { services: { math: url } });
    expect(await ask(transport, 'math', '1')).toBe('1');
  });

  test('does not read on from who does not read his answers, and gives him up', async () => {
    const body = JSON.stringify('x'.repeat(100_000));
    let served = 0;
    const { port, log } = await serveBoth({
      maxBacklog: 2 * 1024 * 1024,
      handler: (_message, _credit, responder) => {
        served++;
        responder.reply(body, true);
        return { credit() {}, cancel() {} };
      },
    });
    const peer = new StockPeer(port);
    peer.socket.pause();
    for (let id = 0; id < 2000; id++) peer.send(request(id, id));
    await eventually(() => served > 10);
    await eventually(() => peer.socket.writableLength === 0 || log.about('does not read').length > 0);
    expect(served).toBeLessThan(2000);
  });

  test('serves no more of one connection at once than maxRequests', async () => {
    const { port } = await serveBoth({
      maxRequests: 2,
      handler: () => ({ credit() {}, cancel() {} }),
    });
    const peer = new StockPeer(port).send(request(1, 1), request(2, 2), request(3, 3));
    await eventually(() => peer.packets.length === 1);
    expect(peer.packets).toMatchObject([
      { err: { status: 'error', code: 'QUEUE_FULL' }, isDisposed: true, id: 3 },
    ]);
  });

  test('keeps the events of stock clients within maxEvents, and counts what it drops', async () => {
    const held = new Subscriber(true);
    const { transport, log } = party('math', { ...both, listen: { host: HOST, port: 0 }, maxEvents: 3 });
    transport.subscribe(subscription('math', { concurrency: 1 }), held.take);
    await transport.open();
    const peer = new StockPeer(Number(new URL(transport.describe().addresses[0] as string).port));
    for (let index = 0; index < 6; index++) peer.send(packet({ pattern: 'happened', data: index }));
    await eventually(() => log.about('is dropped').length > 0);
    expect(log.about('is dropped')).toHaveLength(1);
    for (let settled = 0; settled < 3; settled++) {
      await eventually(() => held.deliveries.length > settled);
      held.deliveries[settled]?.settle({ outcome: 'accept' });
    }
    peer.send(packet({ pattern: 'happened', data: 'room' }));
    await eventually(() => held.deliveries.length === 4);
    expect(held.bodies).toEqual(['0', '1', '2', '"room"']);
    expect(log.about('is dropped')).toHaveLength(1);
    await transport.close();
    expect(log.about('2 more events from stock clients were dropped')).toHaveLength(1);
  });
});

describe('with mutual TLS', () => {
  const authority = new Authority();
  const names = authority.issue({ dns: ['math'], ips: [HOST] });

  async function secured() {
    return serveBoth({
      tls: { ...names, ca: authority.cert, mutual: true },
      allow: { echo: ['shop'], happened: ['shop'] },
    });
  }

  function caller(port: number, shown: Certified | undefined): StockPeer {
    const socket = connectSecure({ host: HOST, port, ca: authority.cert, ...shown });
    return new StockPeer(port, socket);
  }

  test('a stock caller is who its certificate says, and bound by allow', async () => {
    const { port, log } = await secured();
    const shop = caller(port, authority.issue({ dns: ['shop'] })).send(request(1, 'in'));
    await eventually(() => shop.packets.length === 1);
    expect(shop.packets).toEqual([answer(1, 'in')]);
    const other = caller(port, authority.issue({ dns: ['other'] }));
    other.send(request(2, 'in'), packet({ pattern: 'happened', data: 1 }));
    await eventually(() => other.packets.length === 1);
    expect(other.packets).toMatchObject([{ err: { code: 'PERMISSION_DENIED' }, id: 2 }]);
    await eventually(() => log.about("'other' may not use happened").length === 1);
  });

  test('nobody is served without a certificate, or with one that names nobody', async () => {
    const { port, log } = await secured();
    const bare = caller(port, undefined).send(request(1, 1));
    const nameless = caller(port, authority.issue({})).send(request(1, 1));
    await eventually(() => bare.closed && nameless.closed);
    expect([bare.packets, nameless.packets]).toEqual([[], []]);
    expect(String(bare.strange)).toContain("speaks Rookery's own wire");
    expect(log.about('certificate').length).toBeGreaterThan(0);
  });
});

describe('the stock wire is not spoken', () => {
  const open = { listen: { host: '0.0.0.0', port: 0 }, wires: ['rookery', 'nest'] } as const;

  test('beyond loopback, whatever insecure says', () => {
    expect(() => tcp({ ...open, insecure: true })).toThrow('only spoken on loopback or with mutual TLS');
  });

  test('beside a secret, on loopback neither', () => {
    const secret = 'a secret of sixteen and more';
    expect(() => tcp({ ...open, listen: { host: HOST, port: 0 }, secret })).toThrow(
      'cannot be spoken beside a secret',
    );
  });

  test('where nobody asked for it: a stock client is told why', async () => {
    const { port, log } = await serve('math');
    const socket = connect(port, HOST);
    onTestFinished(() => void socket.destroy());
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.write(request(1, 1));
    await eventually(() => text.includes("wires: ['rookery', 'nest'] #"));
    expect(log.about("stock Nest's wire, which is not served here")).toHaveLength(1);
  });
});

test('a reader who falls behind a stock stream and takes nothing gets StreamOverflow; the others go on', async () => {
  const count = 20_000;
  const server = createServer((socket) => {
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined);
    const reader = new PacketReader(1 << 28, (one) => {
      const { id, pattern } = one as { id: string; pattern: string };
      if (pattern === 'echo') socket.write(packet(answer(id, 'here')));
      else for (let index = 0; index < count; index++) socket.write(packet({ response: index, id }));
    });
    socket.on('data', (chunk: Buffer) => reader.push(chunk));
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  onTestFinished(() => void server.close());
  const url = `tcp://${HOST}:${(server.address() as AddressInfo).port}`;
  const { transport } = party('caller', { services: { old: { addresses: url, wire: 'nest' } } });
  const lost = Promise.withResolvers<unknown>();
  let values = 0;
  transport.request({ service: 'old' }, message('endless', '1'), 1, {
    reply: () => values++,
    fail: () => undefined,
    lost: lost.resolve,
  });
  expect(await lost.promise).toMatchObject({ code: 'STREAM_OVERFLOW' });
  expect(values).toBe(1);
  expect(await ask(transport, 'old', '1')).toBe('"here"');
});
