import assert from 'node:assert/strict';
import { connect, type Channel, type ChannelModel } from 'amqplib';
import { afterEach, beforeEach, test } from 'vitest';
import { sharedBroker } from '@rookery/brokers';
import { isRookeryError, systemRandom, type MessageContext } from '@rookery/core';
import { rabbitmq, type RabbitmqDescription, type RabbitmqOptions } from '@rookery/rabbitmq';
import { eventually, rejection } from '@rookery/testing';
import { party } from './parties.js';
import { removeAll } from './remove-all.js';

const broker = sharedBroker('rabbitmq');
const url = 'url' in broker ? broker.url : 'amqp://absent';
let model: ChannelModel | undefined;
let prefix: string;
let parties: ReturnType<typeof party>[];

beforeEach(async ({ skip }) => {
  if ('absent' in broker) skip(broker.absent);
  prefix = `t-${systemRandom.token(10)}`;
  parties = [];
  model = await connect(url);
});
afterEach(async () => {
  if (!model) return;
  await Promise.all(parties.map((one) => one.close()));
  await removeAll(
    url,
    parties.map(({ transport }) => transport),
  );
  await model.close();
});

/** A service with a handler of each kind, and what its events have been. */
function shop(options: Partial<RabbitmqOptions>) {
  const one = party(url, 'shop', { prefix, ...options });
  parties.push(one);
  const seen: string[] = [];
  const note = (data: unknown, { attempt }: MessageContext) => {
    seen.push(`${String(data)} ${attempt}`);
    if (attempt === 1) throw new Error('not yet');
  };
  one.server.handle('echo', (data) => data);
  one.server.on(['order.*'], { endpoint: 'note', retries: { firstDelay: 10 } }, note);
  one.server.on(
    ['order.*'],
    { endpoint: 'heard', broadcast: true },
    (data) => void seen.push(`${String(data)} heard`),
  );
  one.server.declare();
  return { ...one, seen, topology: () => (one.transport.describe() as RabbitmqDescription).topology };
}

/** What an administrator would do with the list. */
async function makeAll(topology: RabbitmqDescription['topology']): Promise<void> {
  const channel = await model!.createChannel();
  for (const item of topology) {
    if (item.kind === 'exchange')
      await channel.assertExchange(item.name, item.properties.type, item.properties);
    else if (item.kind === 'queue') await channel.assertQueue(item.name, item.properties);
    else await channel.bindQueue(item.properties.queue, item.properties.source, item.properties.routingKey);
  }
  await channel.close();
}

async function exists(queue: string): Promise<boolean> {
  const channel: Channel = await model!.createChannel();
  channel.on('error', () => undefined);
  return channel.checkQueue(queue).then(
    () => channel.close().then(() => true),
    () => false,
  );
}

async function whyNotStarted({ server }: ReturnType<typeof shop>): Promise<string> {
  const error = await rejection(server.start());
  assert.ok(isRookeryError(error), String(error));
  assert.equal(error.code, 'CONFIGURATION', error.message);
  return error.message;
}

test.for(['verify', 'none'] as const)(
  'what is printed without a connection is all that a service needs which makes nothing itself: %s',
  async (topology) => {
    const service = shop({ topology });
    await makeAll(service.topology());
    await service.server.start();
    assert.equal(await service.client.request('echo', 1, { to: 'shop' }), 1);
    assert.equal(await service.client.publish('order.created', 'a'), 'stored');
    assert.equal(await service.client.publish('order.created', 'b', { delay: 200 }), 'stored');
    await eventually(() => service.seen.length === 6);
    assert.deepEqual(new Set(service.seen), new Set(['a 1', 'a 2', 'a heard', 'b 1', 'b 2', 'b heard']));
  },
);

test('what is missing is named, and nothing of it is made', async () => {
  const service = shop({ topology: 'verify' });
  const [exchange] = service.topology().filter(({ kind }) => kind === 'exchange');
  assert.match(await whyNotStarted(service), new RegExp(`exchange '${exchange?.name}' is not there`));
  const queues = service.topology().filter(({ kind }) => kind === 'queue');
  assert.ok(queues.length > 0);
  for (const { name } of queues) assert.equal(await exists(name), false, name);
});

test('what differs is named: the queue, the property, what is there and what has to be', async () => {
  await makeAll(shop({ maxEvents: 10 }).topology());
  const message = await whyNotStarted(shop({ topology: 'verify', maxEvents: 20 }));
  const queue = `${prefix}.shop.endpoint.note`;
  assert.match(message, new RegExp(`queue '${queue}': x-max-length is 10 and has to be 20`));
  assert.doesNotMatch(message, /requests/);
});

test('an event for a service that has no queue yet is refused where nothing is made, with what to make', async () => {
  await makeAll(shop({}).topology());
  const caller = party(url, undefined, { prefix, topology: 'verify' });
  parties.push(caller);
  const event = await rejection(caller.client.publish('order.created', 1, { to: 'yet-to-come' }));
  const request = await rejection(caller.client.request('echo', 1, { to: 'yet-to-come' }));
  for (const error of [event, request]) {
    assert.ok(isRookeryError(error), String(error));
    assert.match(error.message, /yet-to-come.*topology is 'verify': make/);
  }
  assert.equal(await exists(`${prefix}.yet-to-come.early`), false);
});

test('a word that is no topology is refused', () => {
  assert.throws(
    () => rabbitmq({ url, topology: 'check' as never }),
    /topology is "check".*create, verify or none/,
  );
});
