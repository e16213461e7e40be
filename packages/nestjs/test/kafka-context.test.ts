import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, KafkaContext, MessagePattern, Payload, Transport } from '@nestjs/microservices';
import { sharedBroker } from '@rookery/brokers';
import { systemRandom } from '@rookery/core';
import { kafka } from '@rookery/kafka';
import { RookeryBus, RookeryClient, RookeryModule } from '@rookery/nestjs';
import { Test } from '@nestjs/testing';
import { firstValueFrom } from 'rxjs';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { createService, eventually, moduleOf } from './application.js';

const broker = sharedBroker('kafka');
beforeEach(({ skip }) => {
  if ('absent' in broker) skip(broker.absent);
});
const brokers = 'url' in broker ? broker.url : 'kafka://127.0.0.1:1';

/** Few partitions, because each takes its time to make. */
const transport = () =>
  kafka({ brokers, partitions: { events: 2, requests: 2, replies: 2 }, commitInterval: 20 });

const run = systemRandom.token(8);
const heard: unknown[] = [];
const forwarded: unknown[] = [];
let committed = 0;

/** Written for stock Nest on Kafka: nothing of Rookery in it. */
@Controller()
class StockController {
  @EventPattern<string>(`order_created-${run}`, Transport.KAFKA)
  async created(@Payload() data: unknown, @Ctx() context: KafkaContext) {
    const { key, value, headers, offset, timestamp } = context.getMessage();
    const [topic, partition] = [context.getTopic(), context.getPartition()];
    await context.getHeartbeat()();
    heard.push({ data, key, value, trace: headers?.['trace'], topic, partition, offset, timestamp });
    await context.getConsumer().commitOffsets([{ topic, partition, offset: String(Number(offset) + 1) }]);
    committed++;
    await context.getProducer().send({
      topic: `forwarded.${run}`,
      messages: [{ key: 'k', value: '{"again":1}', headers: { a: 'b' } }],
    });
  }

  @EventPattern<string>(`forwarded.${run}`, Transport.KAFKA)
  forwarded(@Payload() data: unknown, @Ctx() context: KafkaContext) {
    forwarded.push([data, context.getMessage().key, context.getMessage().headers?.['a']]);
  }

  @MessagePattern('described', Transport.KAFKA)
  described(@Payload() data: object, @Ctx() context: KafkaContext) {
    const { headers, value } = context.getMessage();
    const [message, partition, topic] = context.getArgs();
    return {
      ...data,
      same: value === data && message === context.getMessage() && partition === context.getPartition(),
      topic,
      partition: context.getPartition() >= 0,
      header: headers?.['trace'],
      correlated: typeof headers?.['kafka_correlationId'],
    };
  }

  @MessagePattern('seeks')
  seeks(@Ctx() context: KafkaContext) {
    context.getConsumer().seek({ topic: 'a', partition: 0, offset: '0' });
  }
}

test('@Ctx() answers what Nest’s KafkaContext answers, and records are understood', async () => {
  const service = `context.${run}`;
  const { app } = await createService('memory', moduleOf([StockController]), {
    service,
    transport: transport(),
  });
  await app.listen();
  const client = new RookeryClient({ to: service, transport: transport() });
  onTestFinished(() => client.close());
  client.subscribeToResponseOf('described');
  const headers = { trace: '{"id":7}' };
  const asked = firstValueFrom(client.send('described', { key: 'k', value: { n: 1 }, headers }));
  expect(await asked).toEqual({
    n: 1,
    same: true,
    topic: 'described',
    partition: true,
    header: { id: 7 },
    correlated: 'string',
  });
  await expect(client.request('described', { value: 1, unit: 'kg' })).resolves.toMatchObject({ unit: 'kg' });
  const error: unknown = await client.request('seeks', {}).catch((caught: unknown) => caught);
  expect(error).toMatchObject({
    code: 'CONFIGURATION',
    message: expect.stringContaining('replay dead letters'),
  });

  const module = await Test.createTestingModule({
    imports: [RookeryModule.forRoot({ service: 'sender', transport: transport() })],
  }).compile();
  onTestFinished(() => module.close());
  const pattern = `order_created-${run}`;
  await module.get(RookeryBus).publish(pattern, { key: { id: 1 }, value: { n: 2 }, headers: { trace: 't' } });
  await eventually(() => expect(forwarded).toHaveLength(1));
  expect(heard).toEqual([
    {
      data: { n: 2 },
      key: { id: 1 },
      value: { n: 2 },
      trace: 't',
      topic: pattern,
      partition: expect.any(Number) as number,
      offset: '0',
      timestamp: expect.stringMatching(/^\d{13}$/) as string,
    },
  ]);
  expect(forwarded).toEqual([[{ again: 1 }, 'k', 'b']]);
  expect(committed).toBe(1);
});
