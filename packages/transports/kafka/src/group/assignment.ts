import {
  cooperativeStickyAssigner,
  decodeConsumerProtocolAssignment,
  decodeConsumerProtocolSubscription,
  encodeConsumerProtocolAssignment,
  encodeConsumerProtocolSubscription,
} from '@platformatic/kafka';
import type { TopicPartition } from '../fetch/offsets.js';
import type { Cluster } from '../connection/cluster.js';

/** How partitions are shared out: evenly, and so that each stays where it is if it can. All clients of Kafka know it. */
export const STRATEGY = 'cooperative-sticky';

const VERSION = 3;

/** What a member tells the group: what it wants and what it has. */
export function subscription(
  topics: readonly string[],
  owned: readonly TopicPartition[],
  generation: number,
): Buffer {
  return encodeConsumerProtocolSubscription({
    version: VERSION,
    topics: [...topics],
    ownedPartitions: byTopic(owned),
    generationId: owned.length > 0 ? generation : -1,
    rackId: null,
  });
}

/** A member as the one who shares out is told of it. */
export interface MemberSubscription {
  readonly memberId: string;
  readonly metadata: Buffer;
}

/** Shares out the partitions among the members. */
export async function share(
  leader: string,
  members: readonly MemberSubscription[],
  cluster: Cluster,
): Promise<{ memberId: string; assignment: Buffer }[]> {
  const subscriptions = new Map(
    members.map(({ memberId, metadata }) => {
      const { version, topics, ownedPartitions, generationId } = decodeConsumerProtocolSubscription(metadata);
      return [memberId, { memberId, version, topics, ownedPartitions, generationId }];
    }),
  );
  const topics = new Set([...subscriptions.values()].flatMap(({ topics: theirs }) => theirs));
  const metadata = await cluster.metadata([...topics], true);
  const shares = cooperativeStickyAssigner(leader, subscriptions, topics, metadata);
  return shares.map(({ memberId, assignments }) => ({
    memberId,
    assignment: encodeConsumerProtocolAssignment({
      version: VERSION,
      assignedPartitions: [...assignments.values()],
    }),
  }));
}

export function decodeAssignment(assignment: Buffer): TopicPartition[] {
  if (assignment.length === 0) return [];
  const { assignedPartitions } = decodeConsumerProtocolAssignment(assignment);
  return assignedPartitions.flatMap(({ topic, partitions }) =>
    partitions.map((partition) => ({ topic, partition })),
  );
}

/** Partitions as the protocol has them. */
function byTopic(partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] {
  return [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, theirs]) => ({
    topic,
    partitions: theirs.map(({ partition }) => partition),
  }));
}

/** What of `some` is not among `others`. */
export function without(
  some: readonly TopicPartition[],
  others: readonly TopicPartition[],
): TopicPartition[] {
  return some.filter(
    ({ topic, partition }) => !others.some((other) => other.topic === topic && other.partition === partition),
  );
}
