import assert from 'node:assert/strict';
import { connect } from 'amqplib';
import { test } from 'vitest';
import { eventually } from '@rookery/testing';
import { joining } from './joining.js';

const { url, prefix, join } = joining();

test('what was sent early waits for room, and does not go round and round meanwhile', async () => {
  const options = { maxEvents: 100 };
  const on = { endpoint: 'note', concurrency: 1, prefetch: 1 };
  const { client } = join(undefined, options);
  const first = join('late', options);
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

  const late = join('late', options);
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
    const waiting = await channel.get(`${prefix}.late.early`);
    assert.ok(waiting);
    assert.equal(waiting.properties.headers?.['x-delivery-count'] ?? 0, 0);
  } finally {
    await model.close();
  }
  resolve();
  await eventually(() => handled.length === known + 100, { within: 20_000 });
  assert.equal(new Set(handled).size, 101);
}, 40_000);

test('an event that the running version has no handler of waits for the one that has, and holds up no other', async () => {
  const { client } = join();
  // Declared by the sender, whose limits are not the service's.
  for (let n = 0; n < 40; n++) await client.publish('new', n, { to: 'rolling' });
  await client.publish('known', 'known', { to: 'rolling' });
  const handled: unknown[] = [];
  const handle = (data: unknown) => void handled.push(data);
  const former = join('rolling', { maxEvents: 500 });
  former.server.on(['known'], { endpoint: 'known' }, handle);
  await former.server.start();
  await eventually(() => handled.length === 1, { within: 15_000 });
  await client.publish('new', 40, { to: 'rolling' });
  await eventually(() => former.log.filter((line) => line.includes('has no handler of it')).length === 1);

  const next = join('rolling', { maxEvents: 500 });
  next.server.on(['known'], { endpoint: 'known' }, handle);
  next.server.on(['new'], { endpoint: 'new' }, handle);
  await next.server.start();
  await eventually(() => handled.length === 42, { within: 40_000 });
  assert.equal(new Set(handled).size, 42);
}, 60_000);
