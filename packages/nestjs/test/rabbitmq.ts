import type { INestMicroservice, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ClientProxyFactory,
  Transport,
  type ClientProxy,
  type MicroserviceOptions,
  type RmqOptions,
} from '@nestjs/microservices';
import { sharedBroker } from '@rookery/brokers';
import { systemRandom } from '@rookery/core';
import { rabbitmq, type RabbitmqDescription, type RabbitmqOptions } from '@rookery/rabbitmq';
import { RookeryClient, type RookeryOptions } from '@rookery/nestjs';
import type { Socket } from 'node:net';
import { connect } from 'amqplib';
import { beforeEach, onTestFinished } from 'vitest';
import { createService, moduleOf } from './application.js';

const broker = sharedBroker('rabbitmq');

/** The broker that the tests share. */
export const URL_OF_BROKER = 'url' in broker ? broker.url : 'amqp://127.0.0.1:1';

/** Skips all tests of a file when there is no broker. */
export function needsRabbitmq(): void {
  beforeEach(({ skip }) => {
    if ('absent' in broker) skip(broker.absent);
  });
}

/** A name that no other test has. */
export const fresh = (name: string): string => `${name}-${systemRandom.token(8)}`;

type Named = Omit<RabbitmqOptions, 'url' | 'prefix'>;

/** Deletes queues and exchanges at the end of the test. */
export function removedAtTheEnd(
  names: () => { queues?: readonly string[]; exchanges?: readonly string[] },
): void {
  onTestFinished(async () => {
    const { queues = [], exchanges = [] } = names();
    const model = await connect(URL_OF_BROKER);
    const channel = await model.createChannel();
    for (const queue of queues) await channel.deleteQueue(queue);
    for (const exchange of exchanges) await channel.deleteExchange(exchange);
    await model.close();
  });
}

/** Runs `work` on a channel of the test's own. */
export async function onChannel<T>(
  work: (
    channel: Awaited<ReturnType<Awaited<ReturnType<typeof connect>>['createConfirmChannel']>>,
  ) => Promise<T>,
): Promise<T> {
  const model = await connect(URL_OF_BROKER);
  try {
    const channel = await model.createConfirmChannel();
    channel.on('error', () => undefined);
    return await work(channel);
  } finally {
    await model.close();
  }
}

/** A Rookery service, closed when the test ends, and what it has declared deleted. */
export async function startRabbit(
  controllers: Type[],
  { prefix, rabbit = {}, ...options }: RookeryOptions & { prefix: string; rabbit?: Named },
) {
  const transport = rabbitmq({
    url: URL_OF_BROKER,
    prefix,
    reconnect: { first: 20, longest: 200 },
    ...rabbit,
  });
  const removed = { queues: [] as readonly string[], exchanges: [] as readonly string[] };
  removedAtTheEnd(() => removed);
  const { app, strategy } = await createService('memory', moduleOf(controllers), { transport, ...options });
  await app.listen();
  const { queues, exchanges } = strategy.describe().transport as RabbitmqDescription;
  Object.assign(removed, { queues, exchanges });
  return { app, strategy };
}

/** A Rookery client of `tested`, closed when the test ends. */
export function rabbitClient(
  prefix: string,
  rabbit: Named = {},
  options: ConstructorParameters<typeof RookeryClient>[0] = {},
): RookeryClient {
  const transport = rabbitmq({ url: URL_OF_BROKER, prefix, ...rabbit });
  const client = new RookeryClient({ to: 'tested', transport, timeout: 10_000, ...options });
  onTestFinished(() => client.close());
  return client;
}

type Rmq = NonNullable<RmqOptions['options']>;

/** An unchanged service of stock Nest. */
export async function stockRabbit(controllers: Type[], options: Rmq): Promise<INestMicroservice> {
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(moduleOf(controllers), {
    transport: Transport.RMQ,
    options: { urls: [URL_OF_BROKER], ...options },
    logger: false,
  });
  onTestFinished(() => app.close());
  await app.listen();
  return app;
}

/** An unchanged client of stock Nest. */
export function stockRabbitClient(options: Rmq): ClientProxy {
  const client = ClientProxyFactory.create({
    transport: Transport.RMQ,
    options: { urls: [URL_OF_BROKER], ...options },
  });
  onTestFinished(() => void client.close());
  return client;
}

/** Cuts the connections of a service or of a client, as a network does. */
export function cutOff(one: { unwrap<T>(): T }): void {
  type Model = { readonly connection: { readonly stream: Socket } } | undefined;
  const { out, in: taking } = one.unwrap<{ out: Model; in: Model }>();
  for (const model of [out, taking]) model?.connection.stream.destroy(new Error('cut off by a test'));
}
