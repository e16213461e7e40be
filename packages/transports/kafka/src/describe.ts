import type { Subscription, TopologyItem, TransportDescription } from '@rookery/core';
import { urlOf } from './address.js';
import { Interest } from './events/interest.js';
import type { Settings } from './options.js';
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
  const { brokers, names, security, retryTiers, wires } = settings;
  const topics = new Set([names.replies, ...stockTopics]);
  const groups = new Set<string>();
  const own = (name: string): void =>
    void groups.add(names.within(name)).add(wires.group ?? names.within(name));
  if (service !== undefined) {
    topics.add(names.requests(service));
    groups.add(names.requests(service));
    if (stockTopics.length > 0) {
      topics.add(names.inbox(service));
      own(service);
    }
  }
  for (const [subscriber, theirs] of Map.groupBy(subscriptions, (subscription) => subscription.service)) {
    const read = [
      names.inbox(subscriber),
      ...new Interest(theirs, [], names).exact,
      names.deadLetters(subscriber),
    ];
    for (const topic of read) topics.add(topic);
    if (theirs.every(({ broadcast }) => broadcast)) continue;
    for (const tier of retryTiers) topics.add(names.retries(subscriber, tier));
    own(subscriber);
  }
  const topology = [
    ...[...topics].map((topic) => itemOf(planOf(topic, settings))),
    ...[...groups].map((name) => ({ kind: 'group', name, properties: {} })),
  ];
  const addresses = brokers.map((broker) => urlOf(broker, security.secure));
  return { scheme: SCHEME, addresses, topics: [...topics], groups: [...groups], topology };
}
