import { type ClientKafka, type ClientProxy, Transport } from '@nestjs/microservices';
import { Admin } from '@platformatic/kafka';
import type { FlowPatterns } from '@rookery/testing';
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
  const admin = new Admin({ clientId: 'topics', bootstrapBrokers: [new URL(url).host] });
  const { moved, told, echo } = patterns;
  const topics = [moved, told, echo, `${echo}.reply`];
  await admin.createTopics({ topics, partitions: PARTITIONS, replicas: 1 });
  await admin.close();
}
