import { Consumer, type Message } from '@platformatic/kafka';
import type { Place } from '../../contender.js';
import { brokersOf } from '../kafka-topics.js';

/** Milliseconds between two notes of how far all is handled, as often as Rookery does it. */
const COMMIT_EVERY = 100;

/** Reads a topic from its beginning, as the only one of a group. */
export async function read(place: Place, topic: string, take: (message: Message) => void): Promise<void> {
  const consumer = new Consumer({
    clientId: place.name,
    bootstrapBrokers: brokersOf(place),
    groupId: `${topic}-group`,
    maxWaitTime: 500,
    autocommit: COMMIT_EVERY,
  });
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest' });
  stream.on('data', take);
}
