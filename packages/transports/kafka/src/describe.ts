import type { Subscription, TopologyItem, TransportDescription } from '@rookery/core';
import { urlOf } from './address.js';
import { Interest } from './events/interest.js';
import type { Settings } from './options.js';
import { deadLettersTopic, inboxTopic, REPLIES, requestsTopic, retryTopic } from './topics/names.js';
import { itemOf, planOf } from './topics/plan.js';

export const SCHEME = 'kafka';

/** What a transport uses of Kafka, known without a connection. */
export interface KafkaDescription extends TransportDescription {
  /** Those that it reads or may write to, but for events that it publishes and topics that wildcards find. */
  readonly topics: readonly string[];
  /** Consumer groups that it is a member of. */
  readonly groups: readonly string[];
  /** The same, with what they are made with. */
  readonly topology: readonly TopologyItem[];
}

export function describeTransport(
  settings: Settings,
  service: string | undefined,
  subscriptions: readonly Subscription[],
  stockTopics: readonly string[],
): KafkaDescription {
  const { brokers, security, retryTiers, wires } = settings;
  const topics = new Set([REPLIES, ...stockTopics]);
  const groups = new Set<string>();
  if (service !== undefined) {
    topics.add(requestsTopic(service));
    groups.add(requestsTopic(service));
    if (stockTopics.length > 0) {
      topics.add(inboxTopic(service));
      groups.add(service).add(wires.group ?? service);
    }
  }
  for (const [subscriber, theirs] of Map.groupBy(subscriptions, (subscription) => subscription.service)) {
    const read = [inboxTopic(subscriber), ...new Interest(theirs, []).exact, deadLettersTopic(subscriber)];
    for (const topic of read) topics.add(topic);
    if (theirs.every(({ broadcast }) => broadcast)) continue;
    for (const tier of retryTiers) topics.add(retryTopic(subscriber, tier));
    groups.add(subscriber).add(wires.group ?? subscriber);
  }
  const topology = [
    ...[...topics].map((topic) => itemOf(planOf(topic, settings))),
    ...[...groups].map((name) => ({ kind: 'group', name, properties: {} })),
  ];
  const addresses = brokers.map((broker) => urlOf(broker, security.secure));
  return { scheme: SCHEME, addresses, topics: [...topics], groups: [...groups], topology };
}
