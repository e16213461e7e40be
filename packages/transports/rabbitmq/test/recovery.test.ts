import assert from 'node:assert/strict';
import type { ChannelModel } from 'amqplib';
import { afterAll, beforeAll, beforeEach, describe, test } from 'vitest';
import { BrokerAbsent, startBroker } from '@rookery/brokers';
import { isRookeryError } from '@rookery/core';
import { eventually, rejection } from '@rookery/testing';
import { cutOff } from './cut-off.js';
import { party } from './parties.js';

const PATIENCE = { within: 30_000 };

describe('a broker that goes and comes', () => {
  let broker: Awaited<ReturnType<typeof startBroker>> | undefined;
  let absent = '';
  const parties: ReturnType<typeof party>[] = [];
  const join = (...args: Parameters<typeof party>) => {
    const one = party(...args);
    parties.push(one);
    return one;
  };
  const own = () => {
    assert.ok(broker);
    return broker;
  };

  const letters = async ({ deadLetters }: ReturnType<typeof party>) =>
    (await deadLetters.list()).map(({ message }) => message.body).sort();

  beforeAll(async () => {
    try {
      broker = await startBroker('rabbitmq', { env: {} });
    } catch (error) {
      if (!(error instanceof BrokerAbsent)) throw error;
      absent = error.message;
    }
  }, 60_000);
  beforeEach(({ skip }) => {
    if (!broker) skip(absent);
  });
  afterAll(async () => {
    await Promise.all(parties.map((one) => one.close()));
    await broker?.stop();
  }, 60_000);

  test('killed and back: what was accepted is handled, what is published meanwhile waits, calls too', async () => {
    const handled = new Set<unknown>();
    const service = join(own().url, 'killed');
    service.server.handle('echo', (data) => data);
    service.server.on(['happened'], { endpoint: 'note' }, (data) => void handled.add(data));
    await service.server.start();
    const { client, transport } = join(own().url, 'caller', { confirmTimeout: 60_000 });
    assert.equal(await client.request('echo', 1, { to: 'killed' }), 1);
    const before = Array.from({ length: 200 }, (_, n) => client.publish('happened', n));
    await Promise.all(before);
    // RabbitMQ 3.10 writes down which quorum queues there are half a second late, and forgets one if it is killed before.
    await own().ctl('eval', '[ok = dets:sync(Table) || Table <- dets:all()].');
    await own().kill();
    await eventually(() => transport.state.status === 'connecting', PATIENCE);
    const meanwhile = Array.from({ length: 200 }, (_, n) => client.publish('happened', 200 + n));
    const call = client.request('echo', 'meanwhile', { to: 'killed', timeout: 60_000 });
    await own().restart();
    assert.deepEqual(new Set(await Promise.all(meanwhile)), new Set(['stored']));
    assert.equal(await call, 'meanwhile');
    await eventually(() => handled.size === 400, PATIENCE);
    assert.equal(transport.state.status, 'ready');
  }, 90_000);

  test('killed and back: dead letters are there, for all replicas, and what fails meanwhile comes to them', async () => {
    const replica = async () => {
      const one = join(own().url, 'buried');
      one.server.on(['fails'], { endpoint: 'fail', retries: { attempts: 1 } }, () => {
        throw new Error('no');
      });
      await one.server.start();
      return one;
    };
    const [one, other] = [await replica(), await replica()];
    const { client, transport } = join(own().url, 'sender');
    await Promise.all([1, 2].map((n) => client.publish('fails', n)));
    for (const each of [one, other])
      await eventually(async () => assert.deepEqual(await letters(each), ['1', '2']), PATIENCE);
    await own().ctl('eval', '[ok = dets:sync(Table) || Table <- dets:all()].');
    await own().kill();
    await eventually(() => transport.state.status === 'connecting', PATIENCE);
    const meanwhile = client.publish('fails', 3);
    await own().restart();
    assert.equal(await meanwhile, 'stored');
    for (const each of [one, other, await replica()])
      await eventually(async () => assert.deepEqual(await letters(each), ['1', '2', '3']), PATIENCE);

    // Somebody deletes the stream: those who know what was in it write it anew.
    const { out } = transport.unwrap() as { out: ChannelModel };
    const channel = await out.createChannel();
    await channel.deleteQueue('rookery.buried.dead-letters');
    await channel.close();
    await client.publish('fails', 4);
    for (const each of [one, await replica()])
      await eventually(async () => assert.deepEqual(await letters(each), ['1', '2', '3', '4']), PATIENCE);
  }, 120_000);

  test('dead letters whose stream is deleted while nobody looks are written anew', async () => {
    const replica = async () => {
      const one = join(own().url, 'unwatched', { reconnect: { first: 1_000, longest: 1_000 } });
      one.server.on(['missed'], { endpoint: 'miss', retries: { attempts: 1 } }, () => {
        throw new Error('no');
      });
      await one.server.start();
      return one;
    };
    const one = await replica();
    const { client, transport } = join(own().url, 'sender');
    await client.publish('missed', 1);
    await eventually(async () => assert.deepEqual(await letters(one), ['1']), PATIENCE);
    const { out } = transport.unwrap() as { out: ChannelModel };
    const channel = await out.createChannel();
    cutOff(one.transport);
    await channel.deleteQueue('rookery.unwatched.dead-letters');
    await channel.close();
    await client.publish('missed', 2);
    for (const each of [one, await replica()])
      await eventually(async () => assert.deepEqual(await letters(each), ['1', '2']), PATIENCE);
  }, 90_000);

  test('an alarm: what is published waits, is refused once too many wait, and goes on afterwards', async () => {
    const handled = new Set<unknown>();
    const service = join(own().url, 'alarmed');
    service.server.handle('echo', (data) => data);
    service.server.on(['happened'], { endpoint: 'alarmed' }, (data) => void handled.add(data));
    await service.server.start();
    const { client, transport, log } = join(own().url, 'publisher', { maxUnconfirmed: 50 });
    assert.equal(await client.publish('happened', -1), 'stored');
    await own().ctl('set_vm_memory_high_watermark', '0.00001');
    try {
      const waiting: Promise<unknown>[] = [];
      // RabbitMQ says so at the first that is published during the alarm.
      waiting.push(client.publish('happened', 0));
      await eventually(() => log.some((line) => line.includes('takes nothing more')), PATIENCE);
      const blocked = () => (transport.state.status === 'ready' ? transport.state.blocked : undefined);
      assert.match(String(blocked()), /memory/);
      // A request waits for its deadline, and no longer.
      const late = await rejection(client.request('echo', 1, { to: 'alarmed', timeout: 300 }));
      assert.ok(isRookeryError(late));
      assert.equal(late.code, 'DEADLINE_EXCEEDED');
      const patient = client.request('echo', 'patient', { to: 'alarmed', timeout: 30_000 });
      for (let n = 1; n < 50; n++) waiting.push(client.publish('happened', n));
      const refused = await rejection(client.publish('happened', 50));
      assert.ok(isRookeryError(refused));
      assert.equal(refused.code, 'QUEUE_FULL');
      assert.match(refused.message, /memory/);
      await own().ctl('set_vm_memory_high_watermark', '0.4');
      assert.deepEqual(new Set(await Promise.all(waiting)), new Set(['stored']));
      assert.equal(await patient, 'patient');
      assert.equal(blocked(), undefined);
      assert.ok(log.some((line) => line.includes('takes messages again')));
    } finally {
      await own().ctl('set_vm_memory_high_watermark', '0.4');
    }
    await eventually(() => handled.size === 51, PATIENCE);
    assert.equal(transport.state.status, 'ready');
  }, 90_000);

  test('connections that are cut again and again lose no event, and leave no gap in a stream', async () => {
    const handled = new Set<unknown>();
    const service = join(own().url, 'cut');
    service.server.on(['happened'], { endpoint: 'cut' }, (data) => void handled.add(data));
    service.server.handle('count', async function* () {
      for (let n = 0; n < 100_000; n++) yield n;
    });
    await service.server.start();
    const { client, transport } = join(own().url, 'publisher');
    const accepted: Promise<unknown>[] = [];
    for (let cut = 0; cut < 10; cut++) {
      const values: unknown[] = [];
      const read = rejection(
        (async () => {
          for await (const value of client.stream('count', 1, { to: 'cut', timeout: 10_000 }))
            values.push(value);
        })(),
      );
      for (let n = 0; n < 50; n++) accepted.push(client.publish('happened', accepted.length));
      await eventually(() => values.length > 100, PATIENCE);
      cutOff(cut % 2 === 0 ? transport : service.transport);
      const error = await read;
      assert.ok(isRookeryError(error), String(error));
      assert.equal(error.code, 'CONNECTION_LOST');
      assert.deepEqual(values, [...values.keys()]);
    }
    assert.deepEqual(new Set(await Promise.all(accepted)), new Set(['stored']));
    await eventually(() => handled.size === accepted.length, PATIENCE);
  }, 90_000);
});
