import assert from 'node:assert/strict';
import { connect } from 'amqplib';
import { test } from 'vitest';
import { eventually } from '@rookery/testing';
import { cutOff } from './cut-off.js';
import { joining } from './joining.js';

const { url, prefix, join } = joining();

test('a stock event that fails after its connection was lost comes again once, from its own queue', async () => {
  const queue = `${prefix}-cats`;
  const one = join('cats', { nest: { queue, queueOptions: { durable: true }, noAck: false } });
  const { promise: lost, resolve: isLost } = Promise.withResolvers<void>();
  const tried: string[] = [];
  const retries = { attempts: 3, firstDelay: 20, factor: 1 };
  one.server.on(['born'], { endpoint: 'born', retries }, async (data, { attempt }) => {
    const count = tried.push(`${String(data)}, try ${attempt}`);
    if (count === 1) await lost;
    if (count !== 2 && attempt === 1) throw new Error('the first try fails');
  });
  await one.server.start();
  const model = await connect(url);
  try {
    const channel = await model.createConfirmChannel();
    channel.sendToQueue(queue, Buffer.from(JSON.stringify({ pattern: 'born', data: 1 })));
    await channel.waitForConfirms();
    await eventually(() => tried.length === 1);
    cutOff(one.transport);
    // The broker gives it again, and that try succeeds.
    await eventually(() => tried.length === 2, { within: 15_000 });
    isLost();
    channel.sendToQueue(queue, Buffer.from(JSON.stringify({ pattern: 'born', data: 2 })));
    // Its second try comes by the tier by which one of the other would have come before.
    await eventually(() => tried.includes('2, try 2'), { within: 10_000 });
    assert.deepEqual(tried, ['1, try 1', '1, try 1', '2, try 1', '2, try 2']);
    await channel.deleteQueue(queue);
  } finally {
    await model.close();
  }
}, 40_000);
