import { Admin } from '@platformatic/kafka';
import type { Place } from '../contender.js';

// kafkajs says on every start that its partitioner is another one than years ago.
process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1';

/** `host:port`, as Kafka's clients want it. */
export function brokersOf({ broker }: Place): string[] {
  return [new URL(broker).host];
}

/** Makes topics of one partition; brokers here make none by themselves. */
export async function createTopics(place: Place, topics: string[]): Promise<void> {
  const admin = new Admin({ clientId: place.name, bootstrapBrokers: brokersOf(place) });
  await admin.createTopics({ topics, partitions: 1, replicas: 1 });
  await admin.close();
}
