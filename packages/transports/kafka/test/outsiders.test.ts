import assert from 'node:assert/strict';
import { afterAll, afterEach, beforeAll, beforeEach, test } from 'vitest';
import { ClientsAbsent, Outsider, sharedBroker } from '@rookery/brokers';
import {
  Client,
  Deadlines,
  jsonCodec,
  MemoryDeadLetters,
  Server,
  silentLogger,
  systemClock,
  systemRandom,
  type MessageContext,
} from '@rookery/core';
import { eventually } from '@rookery/testing';
import { fresh, party } from './party.js';

// A client in Python with the official SDK of CloudEvents: what it understands and what it sends is not of our making.

const broker = sharedBroker('kafka');
const brokers = 'url' in broker ? broker.url : 'kafka://absent';
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
let absent = 'absent' in broker ? broker.absent : undefined;
let outsider: Outsider | undefined;
let closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  if (absent !== undefined) return;
  try {
    outsider = await Outsider.start('kafka', brokers);
  } catch (error) {
    if (!(error instanceof ClientsAbsent)) throw error;
    absent = error.message;
  }
}, 320_000);
beforeEach(({ skip }) => {
  if (absent !== undefined) skip(absent);
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  closing = [];
});
afterAll(() => outsider?.stop());

/** A service with handlers, and its client. */
function service(name: string) {
  const { transport } = party({ brokers, retryTiers: [50, 100_000] }, name);
  const around = { transport, clock: systemClock, random: systemRandom, codec: jsonCodec({ strict: true }) };
  const server = new Server({
    ...{ ...around, service: name, logger: silentLogger, deadLetters: new MemoryDeadLetters() },
  });
  const client = new Client({ ...around, deadlines: new Deadlines(systemClock), from: name });
  closing.push(async () => {
    client.close();
    await server.close();
    await transport.close();
  });
  return { server, client };
}

test('what is published is what the SDK of CloudEvents takes it for', async () => {
  const [created, asked, noted] = [fresh('created'), fresh('asked'), fresh('noted')];
  const { server, client } = service(fresh('own shop'));
  server.on([asked], { endpoint: 'note' }, async () => {
    await client.publish(noted, { id: 7 }, { key: 'user-7', headers: { ce_subject: 'users/7' } });
  });
  await server.start();
  await client.publish(created, 'grüße 🐦', { key: 'ключ', headers: { 'x-app': 'shop' } });
  await outsider!.listen({ topic: created });
  const first = await outsider!.read();
  const { id, time, slot, source, ...attributes } = first.attributes;
  assert.equal(typeof id, 'string');
  assert.deepEqual(attributes, {
    specversion: '1.0',
    type: created,
    datacontenttype: 'application/json',
    partitionkey: 'ключ',
  });
  assert.match(String(source), /^\/own%20shop\.\w+$/);
  assert.match(String(slot), /^\d+$/);
  assert.ok(Math.abs(Date.parse(String(time)) - Date.now()) < 60_000);
  assert.equal(first.data, 'grüße 🐦');
  const own = { specversion: '1.0', id: 'a-1', source: '/python', type: asked };
  const wish = { ...own, traceparent: TRACE, correlationid: 'c-1' };
  await outsider!.publish({ topic: asked }, { attributes: wish });
  await outsider!.listen({ topic: noted });
  const second = await outsider!.read();
  assert.deepEqual(second.data, { id: 7 });
  assert.equal(second.attributes['subject'], 'users/7');
  assert.equal(second.attributes['traceparent'], TRACE);
  assert.equal(second.attributes['correlationid'], 'c-1');
  assert.equal(second.attributes['causationid'], 'a-1');
});

test('bytes and nothing are bytes and nothing to the SDK', async () => {
  const [photo, gone] = [fresh('photo'), fresh('gone')];
  const { client } = service(fresh('own'));
  await client.publish(photo, Uint8Array.of(0, 255, 10));
  await outsider!.listen({ topic: photo });
  const bytes = await outsider!.read();
  assert.equal(bytes.base64, Buffer.of(0, 255, 10).toString('base64'));
  assert.equal(bytes.attributes['datacontenttype'], 'application/octet-stream');
  await client.publish(gone, undefined);
  await outsider!.listen({ topic: gone });
  const none = await outsider!.read();
  assert.deepEqual([none.data, none.base64, none.attributes['datacontenttype']], [null, null, undefined]);
});

test('what the SDK sends reaches a handler with its context', async () => {
  const pattern = fresh('deleted');
  const seen: unknown[] = [];
  const { server } = service(fresh('own'));
  server.on([pattern], { endpoint: 'note' }, (data, { envelope }: MessageContext) => {
    seen.push(data, envelope);
  });
  await server.start();
  const attributes = {
    ...{ specversion: '1.0', id: 'e-1', source: 'https://python.example/users', type: pattern },
    ...{ time: '2026-01-02T03:04:05+02:00', subject: 'users/8', partitionkey: 'user-8' },
    ...{ traceparent: TRACE, correlationid: 'c-1', sampledrate: 3, datacontenttype: 'application/json' },
  };
  await outsider!.publish({ topic: pattern }, { attributes, data: { name: 'Zoë 🐦' } });
  await eventually(() => seen.length > 0);
  const { id, source, time, key, traceparent, correlationId, headers, ...others } =
    seen[1] as MessageContext['envelope'];
  assert.deepEqual(seen[0], { name: 'Zoë 🐦' });
  assert.equal(others.pattern, pattern);
  assert.deepEqual(
    { id, source, time, key, traceparent, correlationId, headers },
    {
      id: 'e-1',
      source: 'https://python.example/users',
      time: Date.parse(attributes.time),
      key: 'user-8',
      traceparent: TRACE,
      correlationId: 'c-1',
      headers: { ce_subject: 'users/8', ce_sampledrate: '3' },
    },
  );
});

test('text, bytes, nothing, and a second try of what the SDK has sent', async () => {
  const pattern = fresh('sent');
  const seen: [unknown, unknown][] = [];
  const { server } = service(fresh('own'));
  server.on([pattern], { endpoint: 'note' }, (data, { envelope, attempt }: MessageContext) => {
    if (attempt === 1) throw new Error('not yet');
    seen.push([data, envelope.headers]);
  });
  await server.start();
  const of = (id: string, datacontenttype?: string) => ({
    ...{ specversion: '1.0', source: '/python', type: pattern, id, subject: id },
    ...(datacontenttype === undefined ? {} : { datacontenttype }),
  });
  const place = { topic: pattern };
  await outsider!.publish(place, { attributes: of('1', 'text/plain'), data: 'grüße' });
  await outsider!.publish(place, { attributes: of('2', 'application/octet-stream'), base64: 'AP8K' });
  await outsider!.publish(place, { attributes: of('3') });
  await outsider!.publish(place, { attributes: of('4', 'application/json') });
  await eventually(() => seen.length === 4);
  const bySubject = new Map(seen.map(([data, headers]) => [JSON.stringify(headers), data]));
  const data = ['1', '2', '3', '4'].map((id) => bySubject.get(JSON.stringify({ ce_subject: id })));
  assert.deepEqual(data, ['grüße', Uint8Array.of(0, 255, 10), undefined, undefined]);
});
