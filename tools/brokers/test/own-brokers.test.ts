import { existsSync } from 'node:fs';
import { Admin } from '@platformatic/kafka';
import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import { connect as connectNats } from '@nats-io/transport-node';
import { connect } from 'amqplib';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type BrokerKind, startBroker } from '@rookery/brokers';
import { answers } from '../src/answers.js';
import { lives } from '../src/process/own-process.js';
import { startOrSkip } from './start-or-skip.ts';

/** Something durable: whether it is there, and how it gets there. */
const durable: Record<BrokerKind, { make(url: string): Promise<void>; has(url: string): Promise<boolean> }> =
  {
    rabbitmq: {
      async make(url) {
        const connection = await connect(url);
        const channel = await connection.createConfirmChannel();
        await channel.assertQueue('kept', { durable: true });
        channel.sendToQueue('kept', Buffer.from('kept'), { persistent: true });
        await channel.waitForConfirms();
        await connection.close();
      },
      async has(url) {
        const connection = await connect(url);
        const channel = await connection.createChannel();
        const { messageCount } = await channel.checkQueue('kept');
        await connection.close();
        return messageCount === 1;
      },
    },
    kafka: {
      async make(url) {
        await withAdmin(url, (admin) => admin.createTopics({ topics: ['kept'] }));
      },
      async has(url) {
        return (await withAdmin(url, (admin) => admin.listTopics())).includes('kept');
      },
    },
    redis: {
      async make(url) {
        await withRedis(url, (client) => client.set('kept', 'kept'));
      },
      async has(url) {
        return (await withRedis(url, (client) => client.get('kept'))) === 'kept';
      },
    },
    nats: {
      async make(url) {
        await withStreams(url, async (manager, client) => {
          await manager.streams.add({ name: 'kept', subjects: ['kept'] });
          await client.publish('kept', 'kept');
        });
      },
      async has(url) {
        return withStreams(url, async (manager) => (await manager.streams.info('kept')).state.messages === 1);
      },
    },
  };

async function withAdmin<T>(url: string, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [new URL(url).host] });
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}

async function withRedis<T>(url: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url);
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

async function withStreams<T>(
  url: string,
  work: (manager: JetStreamManager, client: JetStreamClient) => Promise<T>,
): Promise<T> {
  const connection = await connectNats({ servers: new URL(url).host });
  try {
    return await work(await jetstreamManager(connection), jetstream(connection));
  } finally {
    await connection.close();
  }
}

describe.each<BrokerKind>(['rabbitmq', 'kafka', 'redis', 'nats'])('our own %s', (kind) => {
  it('answers, keeps its data and address over a crash, can be paused, and leaves nothing', async ({
    skip,
  }) => {
    const broker = await startOrSkip(kind, skip);
    onTestFinished(() => broker.stop());
    const { url, pid, launch } = broker;
    expect(broker.ours).toBe(true);
    await durable[kind].make(url);

    await broker.kill();
    expect(broker.pid).toBeUndefined();
    expect(await answers(url, 1_000)).toBe(false);
    await expect(broker.pause()).rejects.toThrow('does not run');
    await broker.restart();
    expect(broker.pid).not.toBe(pid);
    expect(broker.url).toBe(url);
    expect(await durable[kind].has(url)).toBe(true);

    await broker.pause();
    expect(await answers(url, 300)).toBe(false);
    await broker.resume();
    await expect.poll(() => answers(url, 5_000), { timeout: 20_000 }).toBe(true);

    const named = await startBroker(kind, { env: { [`ROOKERY_${kind.toUpperCase()}_URL`]: url } });
    expect([named.url, named.ours]).toEqual([url, false]);
    await expect(named.kill()).rejects.toThrow('is not ours');
    await named.stop();
    expect(await answers(url, 5_000)).toBe(true);

    const { companions, server } = broker.running;
    const processes = [...companions, server!];
    expect(processes.map(lives)).not.toContain(false);
    await broker.stop();
    expect(processes.map(lives)).not.toContain(true);
    expect(existsSync(launch.folder)).toBe(false);
  }, 180_000);
});

it('runs rabbitmqctl against its own node', async ({ skip }) => {
  const broker = await startOrSkip('rabbitmq', skip);
  onTestFinished(() => broker.stop());
  await broker.ctl('add_vhost', 'mine');
  expect(await broker.ctl('list_vhosts')).toContain('mine');
  await expect(broker.ctl('delete_vhost', 'nobodys')).rejects.toThrow('nobodys');

  const connection = await connect(broker.url);
  onTestFinished(() => connection.close());
  const blocked = new Promise((resolve) => connection.once('blocked', resolve));
  await broker.ctl('set_vm_memory_high_watermark', '0.0000001');
  const channel = await connection.createChannel();
  channel.publish('amq.fanout', '', Buffer.from('too much'));
  expect(await blocked).toMatch('low on memory');
}, 120_000);

it('runs redis-cli against its own server', async ({ skip }) => {
  const broker = await startOrSkip('redis', skip);
  onTestFinished(() => broker.stop());
  await broker.ctl('config', 'set', 'maxmemory', '1');
  expect(await broker.ctl('config', 'get', 'maxmemory')).toBe('maxmemory\n1\n');
  await expect(broker.ctl('set', 'one', 'more')).rejects.toThrow('OOM');
});
