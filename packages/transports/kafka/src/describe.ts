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
): KafkaDescription {
  const { brokers, retryTiers } = settings;
  const topics = [REPLIES];
  const groups: string[] = [];
  if (service !== undefined) {
    topics.push(requestsTopic(service));
    groups.push(requestsTopic(service));
  }
  for (const [subscriber, theirs] of Map.groupBy(subscriptions, (subscription) => subscription.service)) {
    topics.push(inboxTopic(subscriber), ...new Interest(theirs, []).exact, deadLettersTopic(subscriber));
    if (theirs.every(({ broadcast }) => broadcast)) continue;
    topics.push(...retryTiers.map((tier) => retryTopic(subscriber, tier)));
    groups.push(subscriber);
  }
  const topology = [
    ...topics.map((topic) => itemOf(planOf(topic, settings))),
    ...groups.map((name) => ({ kind: 'group', name, properties: {} })),
  ];
  return { scheme: SCHEME, addresses: brokers.map(urlOf), topics, groups, topology };
}
