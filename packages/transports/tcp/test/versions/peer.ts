// One side of a conversation, run with whichever build its imports lead to: `serve` listens and says where, `call <port>`
// tries everything that passes between a caller and a server, and says each that went as it has to, one line each.
import assert from 'node:assert/strict';
import {
  Client,
  jsonCodec,
  MemoryDeadLetters,
  Server,
  silentLogger,
  systemClock,
  systemRandom,
} from '@rookery/core';
import { tcp } from '@rookery/tcp';

const [task, port = '0'] = process.argv.slice(2);
const HOST = '127.0.0.1';
const LARGE = 1_500_000;

const say = (text: string) => void process.stdout.write(`${text}\n`);
const codec = jsonCodec({ strict: true });
const common = { clock: systemClock, random: systemRandom, logger: silentLogger, codec };
const wait = (ms: number) => new Promise<void>((resolve) => systemClock.after(ms, resolve));

async function serve(): Promise<void> {
  const service = 'peer';
  const replica = `peer-${process.pid}`;
  const transport = tcp({ listen: { host: HOST, port: 0 } }).create({ ...common, service, replica });
  const server = new Server({ ...common, service, transport, deadLetters: new MemoryDeadLetters() });
  const noted: unknown[] = [];
  const cancelled: unknown[] = [];
  server.handle('echo', (data) => data);
  server.handle('context', (_, { envelope: { id, headers, correlationId, source, timeout } }) => {
    return { id, headers, correlationId, source, timed: timeout !== undefined };
  });
  server.handle('count', async function* (data) {
    for (let n = 0; n < Number(data); n++) yield n;
  });
  server.handle('forever', async function* (data, { signal }) {
    signal.addEventListener('abort', () => cancelled.push(data));
    for (let n = 0; ; n++) yield n;
  });
  server.handle('break', () => {
    throw new RangeError('out of range');
  });
  server.handle('noted', () => noted);
  server.handle('cancelled', () => cancelled);
  server.handle('slow', async () => {
    await wait(300);
    return 'finished';
  });
  server.handle('leave', () => {
    systemClock.after(50, () => void server.close().then(() => process.exit()));
    return 'leaving';
  });
  server.on(['happened.*'], { endpoint: 'note' }, (data, { attempt }) => {
    if (attempt === 1 && data === 'twice') throw new Error('not yet');
    noted.push([data, attempt]);
  });
  await server.start();
  say(`listening ${new URL(transport.describe().addresses[0] ?? '').port}`);
}

async function until<T>(get: () => Promise<T>, so: (value: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries++) {
    const value = await get();
    if (so(value)) return value;
    assert.ok(tries < 500, `still ${JSON.stringify(value)}`);
    await wait(10);
  }
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => assert.fail('it should have failed'),
    (error: unknown) => (error as { code?: unknown }).code ?? (error as Error).name,
  );
}

async function call(): Promise<void> {
  const service = 'caller';
  const factory = tcp({ services: { peer: `tcp://${HOST}:${port}` } });
  const transport = factory.create({ ...common, service, replica: `caller-${process.pid}` });
  const client = new Client({ ...common, transport, from: service, to: 'peer', timeout: 10_000 });

  assert.deepEqual(await client.request('echo', { a: [1, 'ü', null] }), { a: [1, 'ü', null] });
  const many = Array.from({ length: 500 }, (_, n) => n);
  assert.deepEqual(await Promise.all(many.map((n) => client.request('echo', n))), many);
  say('requests');

  const context = (await client.request('context', 1, { headers: { lang: 'de' } })) as Record<
    string,
    unknown
  >;
  assert.deepEqual([context.headers, context.source, context.timed], [{ lang: 'de' }, service, true]);
  say('context');

  const values: unknown[] = [];
  for await (const value of client.stream('count', 300)) values.push(value);
  assert.deepEqual(values, many.slice(0, 300));
  for await (const value of client.stream('forever', 'given up')) if (value === 5) break;
  await until(
    () => client.request('cancelled') as Promise<unknown[]>,
    (list) => list.length === 1,
  );
  say('streams');

  assert.equal(await codeOf(client.request('break')), 'HANDLER_ERROR');
  assert.equal(await codeOf(client.request('nothing of the kind')), 'NO_HANDLER');
  assert.equal(await codeOf(client.request('slow', 1, { timeout: 50 })), 'DEADLINE_EXCEEDED');
  say('errors');

  const large = 'é'.repeat(LARGE / 2);
  const larges = await Promise.all([client.request('echo', large), client.request('echo', 'small')]);
  assert.ok(larges[0] === large && larges[1] === 'small');
  say('large bodies');

  for (const data of ['once', 'twice', large.length]) await client.emit('happened.now', data);
  const noted = await until(
    () => client.request('noted') as Promise<unknown[][]>,
    (list) => list.length === 3,
  );
  const byText = noted.map((note) => note.join(' ')).sort();
  assert.deepEqual(byText, [`${large.length} 1`, 'once 1', 'twice 2']);
  say('events');

  const slow = [1, 2, 3].map(() => client.request('slow'));
  assert.equal(await client.request('leave'), 'leaving');
  assert.deepEqual(await Promise.all(slow), ['finished', 'finished', 'finished']);
  assert.equal(await codeOf(client.request('echo', 1, { timeout: 300 })), 'DEADLINE_EXCEEDED');
  say('drain');

  client.close();
  await transport.close();
  say('done');
}

say(`build ${import.meta.resolve('@rookery/tcp')}`);
await (task === 'serve' ? serve() : call());
