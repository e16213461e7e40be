import type { TopologyItem } from '@rookery/core';
import type { Settings } from '../options.js';

/** What a topic is to be. */
export interface TopicPlan {
  readonly name: string;
  /** -1: as many as the brokers make by default. */
  readonly partitions: number;
  /** -1: as many as the brokers make by default. */
  readonly replicationFactor: number;
  /** Kafka's own settings of a topic. */
  readonly configs: Readonly<Record<string, string>>;
}

/** Nobody waits longer for an answer. */
const SHORT_LIVED = { 'retention.ms': '3600000', 'segment.ms': '600000' };

/** Bytes of the largest dead letter: an event as JSON text, in which JSON text takes up to twice its size, with its failures. */
function letterSize(maxBody: number): number {
  return 2 * maxBody + 512 * 1_024;
}

export function planOf(name: string, settings: Settings): TopicPlan {
  const { names, partitions, replicationFactor, minInSyncReplicas } = settings;
  const inSync = minInSyncReplicas < 0 ? {} : { 'min.insync.replicas': String(minInSyncReplicas) };
  const replicated = { name, replicationFactor };
  // Said in any case: of two events with one key, a topic that is compacted by default would keep the last.
  const configs = { 'cleanup.policy': 'delete', ...inSync };
  if (name === names.replies)
    return { ...replicated, partitions: partitions.replies, configs: { ...configs, ...SHORT_LIVED } };
  if (names.isRequests(name))
    return { ...replicated, partitions: partitions.requests, configs: { ...configs, ...SHORT_LIVED } };
  if (names.isDeadLetters(name)) {
    const roomy = { 'max.message.bytes': String(letterSize(settings.maxBody)) };
    return { ...replicated, partitions: 1, configs: { ...inSync, 'cleanup.policy': 'compact', ...roomy } };
  }
  return { ...replicated, partitions: partitions.events, configs };
}

/** The plan for people and for `verify`: without what is as the brokers have it. */
export function itemOf({ name, partitions, replicationFactor, configs }: TopicPlan): TopologyItem {
  return {
    kind: 'topic',
    name,
    properties: {
      ...(partitions < 0 ? {} : { partitions }),
      ...(replicationFactor < 0 ? {} : { replicationFactor }),
      ...configs,
    },
  };
}
