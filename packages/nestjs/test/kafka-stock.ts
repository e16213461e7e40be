import { Module, type INestMicroservice, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ClientKafka,
  Transport,
  type KafkaOptions as StockOptions,
  type MicroserviceOptions,
} from '@nestjs/microservices';
import { sharedBroker } from '@rookery/brokers';
import { systemRandom } from '@rookery/core';
import { kafka, type KafkaOptions } from '@rookery/kafka';
import kafkajs from 'kafkajs';
import { onTestFinished } from 'vitest';

const broker = sharedBroker('kafka');

/** Why there is no Kafka, if there is none. */
export const absent = 'absent' in broker ? broker.absent : undefined;

const url = 'url' in broker ? broker.url : 'kafka://127.0.0.1:1';
export const host = new URL(url).host;

const { NOTHING } = kafkajs.logLevel;

/** Few partitions and short times, because the tests wait for them. */
export function transportOf(options: Partial<KafkaOptions> = {}): ReturnType<typeof kafka> {
  return kafka({
    brokers: url,
    partitions: { events: 2, requests: 2, replies: 4 },
    ...{ sessionTimeout: 6_000, heartbeat: 100, commitInterval: 20 },
    ...options,
  });
}

/** A name that nobody else has. */
export function fresh(name: string): string {
  return `${name}-${systemRandom.token(8)}`;
}

/** The topics that stock Nest expects to be there. */
export async function makeTopics(patterns: readonly string[], partitions = 2): Promise<void> {
  const admin = new kafkajs.Kafka({ brokers: [host], logLevel: NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({
    topics: patterns.map((topic) => ({ topic, numPartitions: partitions, replicationFactor: 1 })),
    waitForLeaders: true,
  });
  await admin.disconnect();
}

const client = (clientId: string) => ({ clientId, brokers: [host], logLevel: NOTHING });

/** An unchanged service of stock Nest; its group ends in `-server`. */
export async function stockService(groupId: string, controllers: Type[]): Promise<INestMicroservice> {
  @Module({ controllers })
  class App {}
  const options: StockOptions = {
    transport: Transport.KAFKA,
    options: {
      client: client('stock'),
      consumer: { groupId, sessionTimeout: 6_000, heartbeatInterval: 200 },
    },
  };
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(App, { ...options, logger: false });
  onTestFinished(() => app.close());
  await app.listen();
  return app;
}

/** An unchanged client of stock Nest, which waits for the answers to these patterns. */
export async function stockClient(patterns: readonly string[]): Promise<ClientKafka> {
  const stock = new ClientKafka({
    client: client('stock'),
    consumer: { groupId: fresh('caller'), sessionTimeout: 6_000, heartbeatInterval: 200 },
  });
  onTestFinished(() => stock.close());
  await makeTopics(patterns.map((pattern) => `${pattern}.reply`));
  for (const pattern of patterns) stock.subscribeToResponseOf(pattern);
  await stock.connect();
  return stock;
}
