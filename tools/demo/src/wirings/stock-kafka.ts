import { type ClientKafka, type ClientProxy, Transport } from '@nestjs/microservices';
import type { FlowPatterns } from '@rookery/testing';
import { Kafka, logLevel } from 'kafkajs';
import { PARTITIONS, SESSION } from './kafka-settings.js';
import type { Wiring } from './wiring.js';

const options = (url: string, groupId: string) => ({
  client: { brokers: [new URL(url).host] },
  consumer: { groupId, sessionTimeout: SESSION, heartbeatInterval: SESSION / 10 },
});

/** As stock Nest is out of the box, which waits for all in-sync replicas: there is nothing more durable to set. */
export const stockKafka: Wiring = {
  service: ({ url, service }) => ({ transport: Transport.KAFKA, options: options(url, service) }),
  client: ({ url, service }) => ({ transport: Transport.KAFKA, options: options(url, service) }),
  keyed: (event) => ({ key: event.key, value: event }),
  begin(client: ClientProxy, { patterns }) {
    (client as unknown as ClientKafka).subscribeToResponseOf(patterns.echo);
    return client.connect();
  },
};

/** Makes the topics, which stock Nest leaves to the broker. */
export async function makeTopics(url: string, _service: string, patterns: FlowPatterns): Promise<void> {
  const admin = new Kafka({ brokers: [new URL(url).host], logLevel: logLevel.ERROR }).admin();
  await admin.connect();
  const { moved, told, echo } = patterns;
  await admin.createTopics({
    waitForLeaders: true,
    topics: [moved, told, echo, `${echo}.reply`].map((topic) => ({ topic, numPartitions: PARTITIONS })),
  });
  await admin.disconnect();
}
