import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { eventually, FaultProxy, turn } from '@rookery/testing';
import { describe, expect, onTestFinished, test } from 'vitest';

/** A socket and what it has heard. */
class Ear {
  readonly socket: Socket;
  heard = '';
  ended = false;
  /** Why it is closed: an error's code, or `''`; `undefined` while it is open. */
  closed: string | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    let failure = '';
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => (this.heard += text));
    socket.on('end', () => (this.ended = true));
    socket.on('error', (error: NodeJS.ErrnoException) => (failure = error.code ?? ''));
    socket.on('close', () => (this.closed = failure));
    onTestFinished(() => void socket.destroy());
  }
}

/** A target that listens, a proxy to it, and what has connected to the target. */
async function network() {
  const arrived: Ear[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => arrived.push(new Ear(socket)));
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const proxy = await FaultProxy.listen({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  onTestFinished(() => proxy.close());
  const dial = () => new Ear(connect({ ...proxy.place, allowHalfOpen: true }));
  const pair = async () => {
    const near = dial();
    const known = arrived.length;
    await eventually(() => arrived.length > known);
    return { near, far: arrived.at(-1)! };
  };
  return { proxy, arrived, dial, pair };
}

describe('a proxy that does no harm', () => {
  test('passes bytes and ends both ways, in order, and counts them', async () => {
    const { proxy, pair } = await network();
    const { near, far } = await pair();
    const text = Array.from({ length: 50_000 }, (_, n) => `${n} `).join('');
    near.socket.end(text);
    far.socket.write('back');
    await eventually(() => far.ended && near.heard === 'back');
    expect(far.heard).toBe(text);
    expect([proxy.bytes('up'), proxy.bytes('down'), proxy.links]).toStrictEqual([text.length, 4, 1]);
    expect(near.ended).toBe(false);
    far.socket.end();
    await eventually(() => proxy.links === 0 && near.closed === '' && far.closed === '');
  });

  test('leaves nothing when it is closed', async () => {
    const { proxy, pair, dial } = await network();
    const { near, far } = await pair();
    proxy.stallAccepts();
    const knocking = dial();
    await once(knocking.socket, 'connect');
    await proxy.close();
    await eventually(() => [near, far, knocking].every(({ closed }) => closed !== undefined));
    expect(proxy.links).toBe(0);
  });
});

describe('a cut', () => {
  test('resets both sides, and lets new connections through', async () => {
    const { proxy, pair } = await network();
    const { near, far } = await pair();
    proxy.cut();
    await eventually(() => near.closed === 'ECONNRESET' && far.closed === 'ECONNRESET');
    const next = await pair();
    next.near.socket.write('again');
    await eventually(() => next.far.heard === 'again');
  });

  test('happens by itself when one side resets', async () => {
    const { pair } = await network();
    const { near, far } = await pair();
    near.socket.resetAndDestroy();
    await eventually(() => far.closed === 'ECONNRESET');
  });
});

describe('a link that is held', () => {
  test.each(['up', 'down', 'both'] as const)(
    '%s: keeps back those bytes only, until it is healed',
    async (sides) => {
      const { proxy, pair } = await network();
      const { near, far } = await pair();
      proxy.hold(sides);
      near.socket.write('to');
      far.socket.write('fro');
      if (sides === 'up') await eventually(() => near.heard === 'fro');
      if (sides === 'down') await eventually(() => far.heard === 'to');
      for (let turns = 0; turns < 20; turns++) await turn();
      if (sides !== 'down') expect(far.heard).toBe('');
      if (sides !== 'up') expect(near.heard).toBe('');
      proxy.heal();
      await eventually(() => near.heard === 'fro' && far.heard === 'to');
    },
  );
});

describe('a half-open connection', () => {
  test('keeps its sockets and tells neither side of the other, while new ones work', async () => {
    const { proxy, pair } = await network();
    const { near, far } = await pair();
    proxy.swallow();
    near.socket.write('lost');
    near.socket.destroy();
    await eventually(() => near.closed === '');
    const next = await pair();
    next.near.socket.write('heard');
    await eventually(() => next.far.heard === 'heard');
    expect([far.heard, far.ended, far.closed]).toStrictEqual(['', false, undefined]);
  });
});

describe('a slow link', () => {
  test('takes as long as it says', async () => {
    const { proxy, pair } = await network();
    const { near, far } = await pair();
    proxy.slow({ bytesPerSecond: 10_000, delay: 50 });
    const start = performance.now();
    near.socket.write('x'.repeat(2_000));
    await eventually(() => far.heard.length === 2_000);
    expect(performance.now() - start).toBeGreaterThanOrEqual(250);
    far.socket.write('back');
    await eventually(() => near.heard === 'back');
  });

  test('passes the rest at once, in order, when it is healed', async () => {
    const { proxy, pair } = await network();
    const { near, far } = await pair();
    proxy.slow({ bytesPerSecond: 1_000 });
    const text = Array.from({ length: 20_000 }, (_, n) => `${n} `).join('');
    near.socket.end(text);
    await eventually(() => far.heard.length > 0);
    expect(far.ended).toBe(false);
    proxy.heal();
    await eventually(() => far.ended);
    expect(far.heard).toBe(text);
  });
});

describe('corrupt bytes', () => {
  test('are those that were asked for', async () => {
    const { proxy, pair } = await network();
    const { near, far } = await pair();
    const flipped = proxy.corrupt('up', 2, 0x01);
    near.socket.write('ab');
    await eventually(() => far.heard === 'ab');
    near.socket.write('cd');
    far.socket.write('xyz');
    await flipped;
    await eventually(() => far.heard.length === 4 && near.heard.length === 3);
    expect([far.heard, near.heard]).toStrictEqual(['abbd', 'xyz']);
  });
});

describe('connections that are led nowhere', () => {
  test('are connected, and reach the target when it is healed', async () => {
    const { proxy, arrived, dial } = await network();
    proxy.stallAccepts();
    const near = dial();
    near.socket.write('knock');
    await once(near.socket, 'connect');
    for (let turns = 0; turns < 20; turns++) await turn();
    expect(arrived).toHaveLength(0);
    proxy.heal();
    await eventually(() => arrived[0]?.heard === 'knock');
  });
});
