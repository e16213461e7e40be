import { fencingTokenAfter } from '@rookery/core';
import {
  decodeConsumerProtocolAssignment,
  decodeConsumerProtocolSubscription,
  encodeConsumerProtocolAssignment,
  encodeConsumerProtocolSubscription,
} from '@platformatic/kafka';
import type { TopicPartition } from '../fetch/offsets.js';
import { evenShares, type Sharer } from './even-shares.js';
import { decodeFencing, encodeFencing } from './fencing.js';
import type { Cluster } from '../connection/cluster.js';

/** How members say what they have and let go of it. All clients of Kafka know it; who shares out has a way of its own, {@link evenShares}. */
export const STRATEGY = 'cooperative-sticky';

/** What kafkajs, and so stock Nest, calls its own way. */
export const STOCK_STRATEGY = 'RoundRobinAssigner';

const VERSION = 3;

/** What a member tells the group: what it wants and what it has, and the largest fencing token that it knows. */
export function subscription(
  topics: readonly string[],
  owned: readonly TopicPartition[],
  generation: number,
  fencingToken: number,
): Buffer {
  return encodeConsumerProtocolSubscription({
    version: VERSION,
    topics: [...topics],
    ownedPartitions: byTopic(owned),
    generationId: owned.length > 0 ? generation : -1,
    rackId: null,
    userData: encodeFencing(fencingToken),
  });
}

/** A member as the one who shares out is told of it. */
export interface MemberSubscription {
  readonly memberId: string;
  readonly metadata: Buffer;
}

/** What a member gets. */
export interface Share {
  readonly partitions: readonly TopicPartition[];
  /** That of the generation, the same for all of its members; 0 if who has shared out does not know of it. */
  readonly fencingToken: number;
}

/** Shares out the partitions among the members, with a fencing token that is larger than that of all generations before. */
export async function share(
  members: readonly MemberSubscription[],
  cluster: Cluster,
): Promise<{ memberId: string; assignment: Buffer }[]> {
  let known = 0;
  const sharers = members.map(({ memberId, metadata }): Sharer => {
    const { topics, ownedPartitions, generationId, userData } = decodeConsumerProtocolSubscription(metadata);
    known = Math.max(known, decodeFencing(userData));
    return { memberId, topics, owned: flat(ownedPartitions), generation: generationId };
  });
  const { topics } = await cluster.metadata([...new Set(sharers.flatMap((each) => each.topics))], true);
  const counts = new Map([...topics].map(([topic, { partitionsCount }]) => [topic, partitionsCount]));
  const userData = encodeFencing(fencingTokenAfter(known, cluster.surroundings.clock.epoch()));
  return [...evenShares(sharers, counts)].map(([memberId, partitions]) => ({
    memberId,
    assignment: encodeConsumerProtocolAssignment({
      version: VERSION,
      assignedPartitions: byTopic(partitions),
      userData,
    }),
  }));
}

export function decodeAssignment(assignment: Buffer): Share {
  const { assignedPartitions, userData } = decodeConsumerProtocolAssignment(assignment);
  return { partitions: flat(assignedPartitions), fencingToken: decodeFencing(userData) };
}

function flat(
  topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
): TopicPartition[] {
  return topics.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
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
