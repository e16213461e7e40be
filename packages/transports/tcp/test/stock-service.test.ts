import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import type { Responder } from '@rookery/core';
import { eventually, rejection, VirtualClock } from '@rookery/testing';
import { expect, onTestFinished, test } from 'vitest';
import { PacketReader } from '../src/nest-wire/packet-reader.js';
import { Answer, HOST, message, party, serve } from './parties.js';

interface Packet {
  readonly pattern: string;
}

/** A stock server by hand. */
async function stock(take: (packet: Packet, socket: Socket) => void) {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined);
    const reader = new PacketReader(1 << 28, (one) => take(one as Packet, socket));
    socket.on('data', (chunk: Buffer) => reader.push(chunk));
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  onTestFinished(() => void server.close());
  const url = `tcp://${HOST}:${(server.address() as AddressInfo).port}`;
  return { url, connections: () => connections };
}

const old = (addresses: string | string[]) => ({ old: { addresses, wire: 'nest' as const } });
const bytes = (size: number) => JSON.stringify('x'.repeat(size));

test('a call is not sent again that a stock server may have had, however much was behind it', async () => {
  const seen: string[] = [];
  const { url } = await stock(({ pattern }, socket) => {
    seen.push(pattern);
    socket.destroy();
  });
  const { transport } = party('caller', { services: old(url) });
  await transport.reach({ service: 'old' });
  const [first, second] = [new Answer(), new Answer()];
  transport.request({ service: 'old' }, message('once', '1'), 1, first);
  transport.request({ service: 'old' }, message('large', bytes(12_000_000)), 1, second);
  const lost = { code: 'CONNECTION_LOST', recourse: 'unknown' };
  expect(await rejection(first.one())).toMatchObject(lost);
  expect(await rejection(second.one())).toMatchObject(lost);
  expect(seen).toStrictEqual(['once']);
});

test('a stock replica that was left out is probed by one call', async () => {
  const clock = new VirtualClock();
  const ignore = () => undefined;
  const urls = [(await stock(ignore)).url, (await stock(ignore)).url];
  const { transport } = party('caller', { services: old(urls), clock, balance: { silence: Infinity } });
  const replicas = () => transport.describe().replicas?.['old'] ?? [];
  const begin = (target: { replica?: string } = {}) =>
    transport.request({ service: 'old', ...target }, message('echo', '1'), 1, new Answer());
  await transport.reach({ service: 'old' });
  await eventually(() => replicas().every(({ state }) => state === 'ready'));
  for (let count = 0; count < 3; count++) begin({ replica: urls[0] as string }).cancel('deadline');
  await clock.advance(1_250);
  for (let count = 0; count < 5; count++) begin();
  expect(replicas().map(({ inFlight }) => inFlight)).toStrictEqual([1, 4]);
});

test('events to a stock server wait for it to read, and do not break its connection', async () => {
  let got = 0;
  const { url, connections } = await stock(() => got++);
  const { transport } = party('caller', { services: old(url), maxBacklog: 2 * 1024 * 1024 });
  await transport.reach({ service: 'old' });
  const body = bytes(1024 * 1024);
  await transport.publish(
    Array.from({ length: 8 }, () => ({ message: message('happened', body), to: 'old' })),
  );
  await eventually(() => got >= 8);
  expect(got).toBe(8);
  expect(connections()).toBe(1);
});

test('answers for a stock client that does not read wait with one listener', async () => {
  const open: Responder[] = [];
  const { port } = await serve('math', {
    wires: ['nest'],
    handler: (_message, _credit, responder) => {
      open.push(responder);
      return { credit() {}, cancel() {} };
    },
  });
  const client = connect(port, HOST).pause();
  onTestFinished(() => void client.destroy());
  for (let id = 10; id < 40; id++) client.write(`27#{"pattern":"echo","id":${id} }`);
  await eventually(() => open.length === 30);
  open.pop()?.reply(bytes(16_000_000), true);
  for (const responder of open) {
    responder.reply('1', true);
    await turn();
  }
  expect((open[0]?.native as Socket).writableNeedDrain).toBe(true);
  expect((open[0]?.native as Socket).listenerCount('drain')).toBe(1);
});

test('close() does not wait for a connection that is not read because of a slow reader', async () => {
  const { url } = await stock((packet, socket) => {
    const { id } = packet as Packet & { id: string };
    for (let index = 0; index < 1_500; index++) {
      const json = JSON.stringify({ response: index, id });
      socket.write(`${json.length}#${json}`);
    }
  });
  const { transport } = party('caller', { services: old(url), closeTimeout: 60_000 });
  await transport.reach({ service: 'old' });
  transport.request({ service: 'old' }, message('stream', '1'), 1, new Answer());
  await eventually(() => (transport.unwrap() as Socket[])[0]?.isPaused() === true);
  await transport.close();
  expect(transport.state).toMatchObject({ status: 'closed' });
});
