import assert from 'node:assert/strict';
import { connect } from 'amqplib';
import { test } from 'vitest';
import { eventually } from '@rookery/testing';
import { cutOff } from './cut-off.js';
import { joining } from './joining.js';

const PATIENCE = { within: 30_000 };
const { url, prefix, join } = joining();

test('dead letters whose stream goes while their service is cut off go into a new one, and so do later ones', async () => {
  const replica = () => {
    // Long pauses, so that the stream has gone before anybody is back.
    const one = join('buried', { reconnect: { first: 3_000, longest: 3_000 } });
    one.server.on(['fails'], { endpoint: 'fail', retries: { attempts: 1 } }, () => {
      throw new Error('as ever');
    });
    return one;
  };
  const lying = async ({ deadLetters }: ReturnType<typeof join>) =>
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
