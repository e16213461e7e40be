import {
  createEnvelope,
  systemClock,
  systemRandom,
  type Delivery,
  type Message,
  type SubscriptionControl,
  type Transport,
} from '@rookery/core';
import { kafka, type KafkaOptions } from '@rookery/kafka';

/** Few partitions and short times, because the tests wait for them; a session outlasts a busy machine's standing still. */
const QUICK = {
  partitions: { events: 2, requests: 2, replies: 4 },
  ...{ sessionTimeout: 3_000, heartbeat: 50, commitInterval: 20, discoverInterval: 100 },
  reconnect: { first: 20, longest: 200 },
} satisfies Partial<KafkaOptions>;

/** A name that nobody else has. */
export function fresh(name: string): string {
  return `${name}.${systemRandom.token(8)}`;
}

export function event(pattern: string, body: string, fields: { key?: string } = {}): Message {
  return { envelope: createEnvelope({ id: systemRandom.token(8), pattern, ...fields }), body };
}

export interface Party {
  readonly transport: Transport;
  readonly log: string[];
}

/** One who takes part, by a transport with these options. */
export function party(options: KafkaOptions, service?: string): Party {
  const log: string[] = [];
  const say = (text: string): void => void log.push(text);
  const logger = { debug: say, info: say, warn: say, error: say };
  const host = { service, replica: systemRandom.token(8), clock: systemClock, random: systemRandom, logger };
  return { transport: kafka({ ...QUICK, ...options }).create(host), log };
}

/** Subscribes one endpoint; not opened yet. */
export function subscribe(
  { transport }: Party,
  service: string,
  patterns: readonly string[],
  take: (delivery: Delivery) => void,
): SubscriptionControl {
  return transport.subscribe({ service, endpoint: 'e', patterns, broadcast: false, concurrency: 10 }, take);
}
