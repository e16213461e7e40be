import type { Channel } from 'amqplib';

/** Milliseconds after which the queue of a service that nobody serves goes. */
const EXPIRES = 3_600_000;

/**
 * The queue of requests for a service. Its callers declare it as well, so all must agree on what it is: it outlives the broker,
 * the requests in it need not.
 */
export async function declareRequests(channel: Channel, queue: string): Promise<void> {
  await channel.assertQueue(queue, { durable: true, expires: EXPIRES });
}
