import type { Channel } from 'amqplib';
import type { Names } from '../names/names.js';

/**
 * More deliveries than any message has: RabbitMQ 4 drops what came back 20 times where no limit is set, and a retry here is
 * counted and ended by the core.
 */
const DELIVERY_LIMIT = 1_000_000;

/** Milliseconds that the queue of a broadcast endpoint outlives its replica. */
const BROADCAST_EXPIRES = 60_000;

const QUORUM = { 'x-queue-type': 'quorum', 'x-delivery-limit': DELIVERY_LIMIT };

/** What every member of a system declares the same way. */
export async function declareExchanges(channel: Channel, names: Names): Promise<void> {
  await channel.assertExchange(names.events, 'topic', { durable: true });
  await channel.assertExchange(names.orphans, 'fanout', { durable: true });
  await channel.assertQueue(names.orphans, { durable: true, arguments: QUORUM });
  await channel.bindQueue(names.orphans, names.orphans, '');
  await channel.assertExchange(names.retries, 'direct', { durable: true, alternateExchange: names.orphans });
}

/** The queue of an endpoint that all replicas of its service share. A full one refuses, and with it whoever publishes. */
export async function declareEndpoint(
  channel: Channel,
  names: Names,
  queue: string,
  maxLength: number,
): Promise<void> {
  await channel.assertQueue(queue, {
    durable: true,
    maxLength,
    overflow: 'reject-publish',
    arguments: QUORUM,
  });
  await channel.bindQueue(queue, names.retries, queue);
}

/** The queue of one replica's broadcast endpoint: it survives a lost connection, and not for long its replica. */
export async function declareBroadcast(channel: Channel, queue: string, maxLength: number): Promise<void> {
  await channel.assertQueue(queue, {
    durable: true,
    expires: BROADCAST_EXPIRES,
    maxLength,
    overflow: 'reject-publish',
  });
}

/** The queue of what was sent to a service before it was there. Whoever sends may declare it. */
export async function declareEarly(channel: Channel, queue: string, maxLength: number): Promise<void> {
  await channel.assertQueue(queue, {
    durable: true,
    maxLength,
    overflow: 'reject-publish',
    arguments: QUORUM,
  });
}

/**
 * A delay tier: what is published to its exchange, under the name of the queue that it is to come back to, comes back there
 * after `ms`. All wait equally long, so none waits behind another; and none is lost when it is moved.
 */
export async function declareTier(channel: Channel, names: Names, ms: number): Promise<void> {
  const name = names.delay(ms);
  await channel.assertExchange(name, 'fanout', { durable: true });
  await channel.assertQueue(name, {
    durable: true,
    messageTtl: ms,
    deadLetterExchange: names.retries,
    overflow: 'reject-publish',
    arguments: { ...QUORUM, 'x-dead-letter-strategy': 'at-least-once' },
  });
  await channel.bindQueue(name, name, '');
}
