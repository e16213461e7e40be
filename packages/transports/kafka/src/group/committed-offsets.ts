import type { Lane } from '../connection/lane.js';
import type { TopicPartition } from '../fetch/offsets.js';
import type { Coordinator } from './coordinator.js';

interface Fetched {
  readonly groups: readonly {
    readonly topics: readonly {
      readonly name: string;
      readonly partitions: readonly { readonly partitionIndex: number; readonly committedOffset: bigint }[];
    }[];
  }[];
}

/** How far a group has read partitions, in their order: -1 where nobody has noted that. */
export async function committedOffsets(
  partitions: readonly TopicPartition[],
  coordinator: Coordinator,
  lane: Lane,
): Promise<readonly bigint[]> {
  const topics = [...Map.groupBy(partitions, ({ topic }) => topic)].map(([name, theirs]) => ({
    name,
    partitionIndexes: theirs.map(({ partition }) => partition),
  }));
  const asked = [{ groupId: coordinator.group, memberId: null, memberEpoch: -1, topics }];
  const { groups } = await coordinator.ask<Fetched>(lane, 'OffsetFetch', asked, false);
  const found = new Map<string, bigint>();
  for (const { name, partitions: theirs } of groups[0]?.topics ?? [])
    for (const { partitionIndex, committedOffset } of theirs)
      found.set(`${name}:${partitionIndex}`, committedOffset);
  return partitions.map(({ topic, partition }) => found.get(`${topic}:${partition}`) ?? -1n);
}
