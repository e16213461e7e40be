import type { Lag } from '@rookery/core';
import type { Cluster } from '../connection/cluster.js';
import type { Lane } from '../connection/lane.js';
import { firstTimestamp } from '../fetch/first-timestamp.js';
import { offsetsAt, partitionsOf, type TopicPartition } from '../fetch/offsets.js';

/** What a group knows of partitions. */
export interface GroupPosition {
  /** How far it has noted to have come: -1 where it has not. */
  committed(partitions: readonly TopicPartition[]): Promise<readonly bigint[]>;
  /** Where it begins without a note. */
  beginning(partition: TopicPartition): 'earliest' | 'latest';
  /** When the first record that is not done was sent, where that is known without asking. */
  oldest(partition: TopicPartition): number | undefined;
}

/** What a group has before it in each topic: the ends less what it has noted. */
export async function groupLag(
  topics: readonly string[],
  group: GroupPosition,
  cluster: Cluster,
  lane: Lane,
): Promise<Pick<Lag, 'destination' | 'waiting' | 'oldest'>[]> {
  const now = cluster.surroundings.clock.epoch();
  const partitions = await partitionsOf(topics, cluster);
  const noted = await group.committed(partitions);
  const starts = await offsetsAt('earliest', partitions, cluster, lane);
  const ends = await offsetsAt('latest', partitions, cluster, lane);
  const waiting = new Map(topics.map((topic) => [topic, 0]));
  const oldest = new Map<string, number>();
  for (const [index, partition] of partitions.entries()) {
    const { topic } = partition;
    const [note = -1n, start = 0n, end = 0n] = [noted[index], starts[index], ends[index]];
    const beginning = group.beginning(partition) === 'earliest' ? start : end;
    const next = note < 0n ? beginning : note < start ? start : note;
    if (next >= end) continue;
    waiting.set(topic, (waiting.get(topic) ?? 0) + Number(end - next));
    const sent = group.oldest(partition) ?? (await firstTimestamp(partition, next, cluster, lane));
    if (sent !== undefined) oldest.set(topic, Math.max(oldest.get(topic) ?? 0, now - sent));
  }
  return [...waiting].map(([destination, count]) => {
    return { destination, waiting: count, oldest: oldest.get(destination) };
  });
}
