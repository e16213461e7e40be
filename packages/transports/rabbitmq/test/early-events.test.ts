import assert from 'node:assert/strict';
import { connect } from 'amqplib';
import { afterEach, beforeEach, test } from 'vitest';
import { sharedBroker } from '@rookery/brokers';
import { systemRandom } from '@rookery/core';
import { eventually } from '@rookery/testing';
import { party } from './parties.js';
import { removeAll } from './remove-all.js';

const broker = sharedBroker('rabbitmq');
const url = 'url' in broker ? broker.url : 'amqp://absent';
const all: ReturnType<typeof party>[] = [];

beforeEach(({ skip }) => {
  if ('absent' in broker) skip(broker.absent);
});
afterEach(async () => {
  await Promise.all(all.map((one) => one.close()));
  const transports = all.splice(0).map(({ transport }) => transport);
  await removeAll(url, transports);
});

test('what was sent early waits for room, and does not go round and round meanwhile', async () => {
  const options = { prefix: `t-${systemRandom.token(10)}`, maxEvents: 100 };
  const join = (service?: string) => {
    const one = party(url, service, options);
    all.push(one);
    return one;
  };
  const on = { endpoint: 'note', concurrency: 1, prefetch: 1 };
  const { client } = join();
  const first = join('late');
  first.server.on(['known'], on, () => undefined);
  await first.server.start();
  await first.close();
  let known = 0;
  const fill = async (): Promise<void> => {
    for (;;) {
      await client.publish('known', 'known');
      known++;
    }
  };
  await assert.rejects(fill(), { code: 'QUEUE_FULL' });
  // None but the service knows that it handles these as well.
  for (let n = 0; n < 100; n++) await client.publish('new', n, { to: 'late' });

  const late = join('late');
  const { promise: room, resolve } = Promise.withResolvers<void>();
  const handled: unknown[] = [];
  late.server.on(['known', 'new'], on, async (data) => {
    await room;
    handled.push(data);
  });
  await late.server.start();
  await eventually(() => late.log.some((line) => line.includes('could not be moved')));
  const model = await connect(url);
  try {
    const channel = await model.createChannel();
    const waiting = await channel.get(`${options.prefix}.late.early`);
    assert.ok(waiting);
    assert.equal(waiting.properties.headers?.['x-delivery-count'] ?? 0, 0);
  } finally {
    await model.close();
  }
  resolve();
  await eventually(() => handled.length === known + 100, { within: 20_000 });
  assert.equal(new Set(handled).size, 101);
}, 40_000);
