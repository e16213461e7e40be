import assert from 'node:assert/strict';
import { afterAll, afterEach, beforeAll, beforeEach, test } from 'vitest';
import { ClientsAbsent, Outsider, sharedBroker } from '@rookery/brokers';
import { systemRandom, type MessageContext } from '@rookery/core';
import { eventually } from '@rookery/testing';
import { party } from './parties.js';
import { removeAll } from './remove-all.js';

// A client in Python with the official SDK of CloudEvents: what it understands and what it sends is not of our making.

const broker = sharedBroker('rabbitmq');
const url = 'url' in broker ? broker.url : 'amqp://absent';
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
let absent = 'absent' in broker ? broker.absent : undefined;
let outsider: Outsider | undefined;
let own: ReturnType<typeof party> | undefined;
const prefix = `t-${systemRandom.token(10)}`;
const exchange = `${prefix}.events`;

beforeAll(async () => {
  if (absent !== undefined) return;
  try {
    outsider = await Outsider.start('rabbitmq', url);
  } catch (error) {
    if (!(error instanceof ClientsAbsent)) throw error;
    absent = error.message;
  }
}, 320_000);
beforeEach(({ skip }) => {
  if (absent !== undefined) skip(absent);
  own = party(url, 'own shop', { prefix });
});
afterEach(async () => {
  await own?.close();
  if (own) await removeAll(url, [own.transport]);
});
afterAll(() => outsider?.stop());

test('what is published is what the SDK of CloudEvents takes it for', async () => {
  own!.server.on(['asked'], { endpoint: 'note' }, async () => {
    await own!.client.publish(
      'users.noted',
      { id: 7 },
      { key: 'user-7', headers: { ce_subject: 'users/7' } },
    );
  });
  await own!.server.start();
  await outsider!.listen({ exchange, key: 'all.*.users.#' });
  await own!.client.publish('users.created', 'grüße 🐦', { key: 'ключ', headers: { 'x-app': 'shop' } });
  const first = await outsider!.read();
  const { id, time, slot, ...attributes } = first.attributes;
  assert.deepEqual(attributes, {
    specversion: '1.0',
    source: '/own%20shop',
    type: 'users.created',
    datacontenttype: 'application/json',
    partitionkey: 'ключ',
  });
  assert.equal(typeof id, 'string');
  assert.equal(typeof slot, 'number');
  assert.ok(Math.abs(Date.parse(String(time)) - Date.now()) < 60_000);
  assert.equal(first.data, 'grüße 🐦');
  const asked = { specversion: '1.0', id: 'a-1', source: '/python', type: 'asked' };
  const wish = { ...asked, traceparent: TRACE, correlationid: 'c-1' };
  await outsider!.publish({ exchange, key: 'all.-.asked' }, { attributes: wish });
  const second = await outsider!.read();
  assert.deepEqual(second.data, { id: 7 });
  assert.equal(second.attributes['subject'], 'users/7');
  assert.equal(second.attributes['traceparent'], TRACE);
  assert.equal(second.attributes['correlationid'], 'c-1');
  assert.equal(second.attributes['causationid'], 'a-1');
});

test('bytes and nothing are bytes and nothing to the SDK', async () => {
  await own!.server.start();
  await outsider!.listen({ exchange, key: 'all.*.users.#' });
  await own!.client.publish('users.photo', Uint8Array.of(0, 255, 10));
  const bytes = await outsider!.read();
  assert.equal(bytes.base64, Buffer.of(0, 255, 10).toString('base64'));
  assert.equal(bytes.attributes['datacontenttype'], 'application/octet-stream');
  await own!.client.publish('users.gone', undefined);
  const none = await outsider!.read();
  assert.deepEqual([none.data, none.base64, none.attributes['datacontenttype']], [null, '', undefined]);
});

const SENT = {
  specversion: '1.0',
  id: 'e-1',
  source: 'https://python.example/users',
  type: 'users.deleted',
  time: '2026-01-02T03:04:05+02:00',
  subject: 'users/8',
  partitionkey: 'user-8',
  traceparent: TRACE,
  correlationid: 'c-1',
  sampledrate: 3,
};

for (const binding of ['amqp', 'colon', 'timestamp', 'rabbitmq'] as const) {
  test(`what the SDK sends reaches a handler with its context: ${binding}`, async () => {
    const seen: unknown[] = [];
    own!.server.on(['users.*'], { endpoint: 'note' }, (data, { envelope, ...context }: MessageContext) => {
      seen.push(data, envelope, context.attempt);
    });
    await own!.server.start();
    const attributes = { ...SENT, datacontenttype: 'application/json' };
    const event = { attributes, data: { name: 'Zoë 🐦' } };
    await outsider!.publish({ exchange, key: 'all.-.users.deleted' }, event, binding);
    await eventually(() => seen.length > 0);
    const { id, pattern, source, time, key, traceparent, correlationId, headers } =
      seen[1] as MessageContext['envelope'];
    assert.deepEqual(seen[0], { name: 'Zoë 🐦' });
    assert.deepEqual(
      { id, pattern, source, time, key, traceparent, correlationId, headers },
      {
        id: 'e-1',
        pattern: 'users.deleted',
        source: 'https://python.example/users',
        time: Date.parse(SENT.time),
        key: 'user-8',
        traceparent: TRACE,
        correlationId: 'c-1',
        headers: { ce_subject: 'users/8', ce_sampledrate: '3' },
      },
    );
  });
}

test('text, bytes, nothing, and a second try of what the SDK has sent', async () => {
  const seen: [unknown, unknown][] = [];
  own!.server.on(['users.*'], { endpoint: 'note' }, (data, { envelope, attempt }: MessageContext) => {
    if (attempt === 1) throw new Error('not yet');
    seen.push([data, envelope.headers]);
  });
  await own!.server.start();
  const place = { exchange, key: 'all.-.users.sent' };
  const of = (id: string, datacontenttype?: string) => ({
    ...{ specversion: '1.0', source: '/python', type: 'users.sent', id, subject: id },
    ...(datacontenttype === undefined ? {} : { datacontenttype }),
  });
  await outsider!.publish(place, { attributes: of('1', 'text/plain'), data: 'grüße' });
  await outsider!.publish(place, { attributes: of('2', 'application/octet-stream'), base64: 'AP8K' });
  await outsider!.publish(place, { attributes: of('3') });
  await outsider!.publish(place, { attributes: of('4', 'application/json') });
  await eventually(() => seen.length === 4);
  const bySubject = new Map(seen.map(([data, headers]) => [JSON.stringify(headers), data]));
  const data = ['1', '2', '3', '4'].map((id) => bySubject.get(JSON.stringify({ ce_subject: id })));
  assert.deepEqual(data, ['grüße', Uint8Array.of(0, 255, 10), undefined, undefined]);
});
