import assert from 'node:assert/strict';
import { connect, type ChannelModel, type ConsumeMessage } from 'amqplib';
import { afterEach, beforeEach, test } from 'vitest';
import { sharedBroker } from '@rookery/brokers';
import { systemRandom, type MessageContext } from '@rookery/core';
import { eventually } from '@rookery/testing';
import { party } from './parties.js';
import { removeAll } from './remove-all.js';

const broker = sharedBroker('rabbitmq');
const url = 'url' in broker ? broker.url : 'amqp://absent';
let model: ChannelModel | undefined;
let own: ReturnType<typeof party> | undefined;
const prefix = `t-${systemRandom.token(10)}`;

beforeEach(async ({ skip }) => {
  if ('absent' in broker) skip(broker.absent);
  model = await connect(url);
  own = party(url, 'own', { prefix });
});
afterEach(async () => {
  if (!model || !own) return;
  await own.close();
  await removeAll(url, [own.transport]);
  await model.close();
});

test('an event is a CloudEvent in binary mode to whoever reads it with another client', async () => {
  const channel = await model!.createChannel();
  await channel.assertExchange(`${prefix}.events`, 'topic', { durable: true });
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, `${prefix}.events`, 'all.*.users.#');
  const read: ConsumeMessage[] = [];
  await channel.consume(queue, (message) => message && read.push(message), { noAck: true });
  await own!.client.publish('users.created', { id: 7 }, { key: 'user-7', headers: { 'x-app': 'shop' } });
  await eventually(() => read.length > 0);
  const { properties, content, fields } = read[0]!;
  const { headers } = properties;
  assert.equal(headers?.['cloudEvents_specversion'], '1.0');
  assert.equal(headers?.['cloudEvents_type'], 'users.created');
  assert.equal(headers?.['cloudEvents_source'], '/own');
  assert.equal(headers?.['cloudEvents_id'], properties.messageId);
  assert.equal(headers?.['cloudEvents_partitionkey'], 'user-7');
  assert.match(headers?.['cloudEvents_time'], /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.equal(headers?.['x-app'], 'shop');
  assert.equal(properties.contentType, 'application/json');
  assert.deepEqual(JSON.parse(content.toString()), { id: 7 });
  assert.match(fields.routingKey, /^all\.s\d\d\.users\.created$/);
});

test('what is no CloudEvent is retried as what it was', async () => {
  const seen: unknown[] = [];
  own!.server.on(['users.*'], { endpoint: 'flaky' }, (data, { envelope, attempt }: MessageContext) => {
    seen.push([data, envelope.pattern, envelope.id, attempt]);
    if (attempt === 1) throw new Error('not yet');
  });
  await own!.server.start();
  const channel = await model!.createConfirmChannel();
  channel.publish(`${prefix}.events`, 'all.-.users.na%C3%AFve', Buffer.from('1'), {
    contentType: 'application/json',
  });
  await channel.waitForConfirms();
  await eventually(() => seen.length >= 2 && (seen.at(-1) as unknown[])[3] === 2);
  const ids = new Set(seen.map((each) => (each as unknown[])[2]));
  assert.equal(ids.size, 1);
  for (const [data, pattern] of seen as [unknown, string][])
    assert.deepEqual([data, pattern], [1, 'users.naïve']);
});

test('an event that another client publishes is handled, with either prefix, and without being a CloudEvent', async () => {
  const seen: [unknown, string, string | undefined, unknown][] = [];
  own!.server.on(['users.*'], { endpoint: 'note' }, (data, { envelope }: MessageContext) => {
    seen.push([data, envelope.pattern, envelope.source, envelope.headers]);
  });
  await own!.server.start();
  const channel = await model!.createConfirmChannel();
  for (const mark of ['cloudEvents_', 'cloudEvents:']) {
    const attributes = {
      specversion: '1.0',
      id: '1',
      source: 'https://python.example/users',
      type: 'users.deleted',
    };
    const headers = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [mark + name, value]),
    );
    channel.publish(`${prefix}.events`, 'all.-.users.deleted', Buffer.from('{"id":8}'), {
      ...{ contentType: 'application/json', headers: { ...headers, tries: 3 } },
    });
  }
  channel.publish(`${prefix}.events`, 'all.-.users.renamed', Buffer.from('"plain"'), {
    ...{ contentType: 'application/json; charset=utf-8', type: 'users.renamed', messageId: 'm1' },
  });
  await channel.waitForConfirms();
  await eventually(() => seen.length === 3);
  const foreign = [{ id: 8 }, 'users.deleted', 'https://python.example/users', { tries: '3' }];
  assert.deepEqual(seen, [foreign, foreign, ['plain', 'users.renamed', undefined, undefined]]);
});
