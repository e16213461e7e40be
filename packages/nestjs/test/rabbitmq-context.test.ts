import { Controller } from '@nestjs/common';
import {
  Ctx,
  EventPattern,
  MessagePattern,
  Payload,
  RmqContext,
  RmqRecordBuilder,
  Transport,
} from '@nestjs/microservices';
import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { eventually } from './application.js';
import { fresh, needsRabbitmq, onChannel, rabbitClient, startRabbit } from './rabbitmq.js';

needsRabbitmq();

const retries = { attempts: 3, firstDelay: 20, factor: 1, maxDelay: 20 };
const seen: unknown[][] = [];
const of = (run: string) => seen.filter(([of]) => of === run).map(([, ...rest]) => rest);
const gates = new Map<string, () => void>();

interface Told {
  readonly run: string;
  readonly how?: string;
}

/** Written for stock Nest: nothing of Rookery in it. */
@Controller()
class StockController {
  private readonly tries = new Map<string, number>();

  @EventPattern<string>('settled', Transport.RMQ)
  async settled(@Payload() { run, how }: Told, @Ctx() context: RmqContext) {
    const channel = context.getChannelRef() as ConfirmChannel;
    const message = context.getMessage() as ConsumeMessage;
    const count = (this.tries.get(run) ?? 0) + 1;
    this.tries.set(run, count);
    await Promise.resolve();
    seen.push([run, how, count]);
    if (how === 'ack') channel.ack(message);
    if (how === 'ack, throw') {
      channel.ack(message);
      throw new Error('afterwards');
    }
    if (how === 'nack once') {
      if (count === 1) channel.nack(message);
      else channel.ack(message);
    }
    if (how === 'nack, throw') {
      channel.nack(message, false, true);
      throw new Error('and thrown');
    }
    if (how === 'nack away') channel.nack(message, false, false);
    if (how === 'reject') channel.reject(message, false);
    if (how === 'ack and go on') {
      channel.ack(message);
      await new Promise<void>((resolve) => gates.set(run, resolve));
      seen.push([run, 'went on']);
    }
    if (how === 'all') channel.ackAll();
  }

  @MessagePattern('described', Transport.RMQ)
  async described(@Payload() data: object, @Ctx() context: RmqContext) {
    const channel = context.getChannelRef() as ConfirmChannel;
    const message = context.getMessage() as ConsumeMessage;
    const [first, second, third] = context.getArgs();
    const queues = await channel.checkQueue(message.fields.routingKey);
    channel.ack(message);
    return {
      data,
      pattern: context.getPattern(),
      args: first === message && second === channel && third === context.getPattern(),
      byIndex: context.getArgByIndex(0) === message,
      header: (message.properties.headers ?? {})['trace'],
      priority: message.properties.priority as unknown,
      consumers: queues.consumerCount,
      content: Buffer.isBuffer(message.content),
    };
  }
}

async function served() {
  const prefix = fresh('context');
  const { strategy, app } = await startRabbit([StockController], { prefix, retries, drainTimeout: 100 });
  const letters = async () => (await strategy.deadLetters.list()).map(({ lastFailure }) => lastFailure.cause);
  return { prefix, strategy, app, letters, client: rabbitClient(prefix) };
}

test('a handler pinned to Transport.RMQ finds the message, the channel and the pattern', async () => {
  const { client } = await served();
  const record = new RmqRecordBuilder({ a: 1 })
    .setOptions({ headers: { trace: 'here' }, priority: 3 })
    .build();
  expect(await firstValueFrom(client.send('described', record))).toEqual({
    data: { a: 1 },
    pattern: 'described',
    args: true,
    byIndex: true,
    header: 'here',
    priority: 3,
    consumers: 1,
    content: true,
  });
});

test('what is acknowledged by hand is accepted, whatever the handler does afterwards', async () => {
  const { client, letters } = await served();
  for (const how of ['ack', 'ack, throw']) {
    const run = fresh(how);
    await client.publishEvent('settled', { run, how });
    await eventually(() => expect(of(run)).toEqual([[how, 1]]));
  }
  const last = fresh('last');
  await client.publishEvent('settled', { run: last, how: 'ack' });
  await eventually(() => expect(of(last)).toHaveLength(1));
  expect(seen.filter(([, how]) => how === 'ack, throw')).toHaveLength(1);
  expect(await letters()).toEqual([]);
});

test('what is acknowledged is gone from the broker at once, and the handler goes on', async () => {
  const { client, strategy, app } = await served();
  const run = fresh('early');
  await client.publishEvent('settled', { run, how: 'ack and go on' });
  await eventually(() => expect(gates.has(run)).toBe(true));
  await app.close();
  gates.get(run)?.();
  await eventually(() => expect(of(run)).toEqual([['ack and go on', 1], ['went on']]));
  const { queues } = strategy.describe().transport as unknown as { queues: string[] };
  const queue = queues.find((name) => name.includes('.endpoint.')) ?? '';
  expect((await onChannel((channel) => channel.checkQueue(queue))).messageCount).toBe(0);
});

test('nack has it retried by the schedule, and given up after the last try', async () => {
  const { client, letters } = await served();
  const once = fresh('once');
  await client.publishEvent('settled', { run: once, how: 'nack once' });
  await eventually(() =>
    expect(of(once)).toEqual([
      ['nack once', 1],
      ['nack once', 2],
    ]),
  );
  const always = fresh('always');
  await client.publishEvent('settled', { run: always, how: 'nack, throw' });
  await eventually(async () => expect(await letters()).toEqual(['Error: and thrown']));
  expect(of(always)).toHaveLength(3);
});

test.each(['nack away', 'reject'])('%s puts it among the dead letters at once', async (how) => {
  const { client, letters } = await served();
  const run = fresh(how);
  await client.publishEvent('settled', { run, how });
  await eventually(async () =>
    expect(await letters()).toEqual(['Error: the handler itself has said: reject']),
  );
  expect(of(run)).toHaveLength(1);
});

test('ackAll, which would settle what others handle, is an error that says so', async () => {
  const { client, letters } = await served();
  await client.publishEvent('settled', { run: fresh('all'), how: 'all' });
  await eventually(async () =>
    expect((await letters())[0]).toMatch('ackAll() would settle the messages of other handlers'),
  );
});
