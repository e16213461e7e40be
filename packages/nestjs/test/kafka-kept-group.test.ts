import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { RookeryClient } from '@rookery/nestjs';
import kafkajs from 'kafkajs';
import { firstValueFrom } from 'rxjs';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { createService, eventually, moduleOf } from './application.js';
import { absent, fresh, host, makeTopics, stockService, transportOf } from './kafka-stock.js';

beforeEach(({ skip }) => {
  if (absent) skip(absent);
});

const native = new kafkajs.Kafka({ brokers: [host], logLevel: kafkajs.logLevel.NOTHING });

async function setUp() {
  const [topic, name] = [fresh('user_created'), fresh('users')];
  await makeTopics([topic]);
  const seen: unknown[] = [];
  @Controller()
  class Handlers {
    @EventPattern<string>(topic)
    created(@Payload() data: unknown) {
      seen.push(data);
    }
  }
  const [producer, admin] = [native.producer(), native.admin()];
  await Promise.all([producer.connect(), admin.connect()]);
  onTestFinished(async () => {
    await Promise.all([producer.disconnect(), admin.disconnect()]);
  });
  const emit = (partition: number, ...values: string[]) =>
    producer.send({ topic, messages: values.map((value) => ({ value, partition })) });
  const begin = async (options: Parameters<typeof transportOf>[0]) => {
    const transport = transportOf({ wires: ['rookery', 'nest'], group: `${name}-server`, ...options });
    const { app } = await createService('memory', moduleOf([Handlers]), { service: name, transport });
    await app.listen();
    return app;
  };
  return { topic, name, seen, admin, emit, begin, Handlers };
}

test('a service goes on where its group has come to, and where stock Nest has noted nothing at the end', async () => {
  const { topic, name, seen, admin, emit, begin } = await setUp();
  const groupId = `${name}-server`;
  await emit(0, 'done', 'a', 'b');
  await emit(1, 'old');
  await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '1' }] });
  const first = await begin({});
  await eventually(() => expect(seen).toEqual(['a', 'b']));
  await emit(1, 'c');
  await eventually(() => expect(seen).toEqual(['a', 'b', 'c']));
  await first.close();
  const [{ partitions = [] } = {}] = await admin.fetchOffsets({ groupId, topics: [topic] });
  expect(partitions.map(({ partition, offset }) => [partition, offset])).toEqual(
    expect.arrayContaining([
      [0, '3'],
      [1, '2'],
    ]),
  );
  await emit(1, 'while nobody was there');
  await begin({});
  await eventually(() => expect(seen).toEqual(['a', 'b', 'c', 'while nobody was there']));
});

test('who would not share a group with stock replicas says what to do', async () => {
  const { name, begin, Handlers } = await setUp();
  await stockService(name, [Handlers]);
  await expect(begin({ openTimeout: 1_500 })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('rolling: true') as string,
  });
});

test('replicas that would share a group with stock ones share it with those that would not', async () => {
  const { seen, emit, begin } = await setUp();
  const rolling = [await begin({ rolling: true }), await begin({ rolling: true })];
  await emit(0, 'a');
  await emit(1, 'b');
  await eventually(() => expect([...seen].sort()).toEqual(['a', 'b']));
  const plain: Awaited<ReturnType<typeof begin>>[] = [];
  for (const one of rolling) {
    plain.push(await begin({}));
    await one.close();
    await emit(0, `c${plain.length}`);
    await emit(1, `d${plain.length}`);
    await eventually(() => expect(seen).toHaveLength(2 + 2 * plain.length));
  }
  expect([...seen].sort()).toEqual(['a', 'b', 'c1', 'c2', 'd1', 'd2']);
});

test('a url and wire: nest are enough to call a stock service', async () => {
  const { topic, name, seen, Handlers } = await setUp();
  await stockService(name, [Handlers]);
  const client = new RookeryClient({ to: name, url: `kafka://${host}`, wire: 'nest' });
  onTestFinished(() => client.close());
  await firstValueFrom(client.emit(topic, { n: 1 }), { defaultValue: undefined });
  await eventually(() => expect(seen).toEqual([{ n: 1 }]));
});
