import assert from 'node:assert/strict';
import { connect } from 'amqplib';
import { afterEach, beforeEach, test } from 'vitest';
import { sharedBroker } from '@rookery/brokers';
import { systemRandom } from '@rookery/core';
import { eventually } from '@rookery/testing';
import { cutOff } from './cut-off.js';
import { party } from './parties.js';
import { removeAll } from './remove-all.js';

const broker = sharedBroker('rabbitmq');
const url = 'url' in broker ? broker.url : 'amqp://absent';
const PATIENCE = { within: 30_000 };
const all: ReturnType<typeof party>[] = [];

beforeEach(({ skip }) => {
  if ('absent' in broker) skip(broker.absent);
});
afterEach(async () => {
  await Promise.all(all.map((one) => one.close()));
  const transports = all.splice(0).map(({ transport }) => transport);
  await removeAll(url, transports);
});

test('dead letters whose stream goes while their service is cut off go into a new one, and so do later ones', async () => {
  const prefix = `t-${systemRandom.token(10)}`;
  const replica = () => {
    // Long pauses, so that the stream has gone before anybody is back.
    const one = party(url, 'buried', { prefix, reconnect: { first: 3_000, longest: 3_000 } });
    one.server.on(['fails'], { endpoint: 'fail', retries: { attempts: 1 } }, () => {
      throw new Error('as ever');
    });
    all.push(one);
    return one;
  };
  const lying = async ({ deadLetters }: ReturnType<typeof party>) =>
    (await deadLetters.list()).map(({ message }) => message.body).sort();
  const first = replica();
  await first.server.start();
  await first.client.publish('fails', 1);
  await first.client.publish('fails', 2);
  await eventually(async () => assert.deepEqual(await lying(first), ['1', '2']));
  const model = await connect(url);
  try {
    const channel = await model.createChannel();
    cutOff(first.transport);
    await channel.deleteQueue(`${prefix}.buried.dead-letters`);
  } finally {
    await model.close();
  }
  await first.client.publish('fails', 3);
  await eventually(async () => assert.deepEqual(await lying(first), ['1', '2', '3']), PATIENCE);
  const second = replica();
  await second.server.start();
  await eventually(async () => assert.deepEqual(await lying(second), ['1', '2', '3']));
}, 60_000);
