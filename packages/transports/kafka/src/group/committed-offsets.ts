import type { Lane } from '../connection/lane.js';
import type { TopicPartition } from '../fetch/offsets.js';
import type { Coordinator } from './coordinator.js';

interface Fetched {
  readonly groups: readonly {
    readonly topics: readonly {
      readonly name: string;
      readonly partitions: readonly {
        readonly partitionIndex: number;
        readonly committedOffset: bigint;
        readonly metadata: string | null;
      }[];
    }[];
  }[];
}

/** Said with each note of Rookery's: who has noted one partition of a topic has noted all that there were. */
const MARK = 'rookery';

/** How far a group has read a partition. */
export interface Note {
  /** -1 where nobody has noted that. */
  readonly offset: bigint;
  /** Whether Rookery has noted it, and not stock Nest in the same group. */
  readonly ours: boolean;
}

const NONE: Note = { offset: -1n, ours: false };

/** How far a group has read partitions, in their order. */
export async function committedOffsets(
  partitions: readonly TopicPartition[],
  coordinator: Coordinator,
  lane: Lane,
): Promise<readonly Note[]> {
  const topics = [...Map.groupBy(partitions, ({ topic }) => topic)].map(([name, theirs]) => ({
    name,
    partitionIndexes: theirs.map(({ partition }) => partition),
  }));
  const asked = [{ groupId: coordinator.group, memberId: null, memberEpoch: -1, topics }];
  const { groups } = await coordinator.ask<Fetched>(lane, 'OffsetFetch', asked, false);
  const found = new Map<string, Note>();
  for (const { name, partitions: theirs } of groups[0]?.topics ?? [])
    for (const { partitionIndex, committedOffset: offset, metadata } of theirs)
      found.set(`${name}:${partitionIndex}`, { offset, ours: offset >= 0n && metadata === MARK });
  return partitions.map(({ topic, partition }) => found.get(`${topic}:${partition}`) ?? NONE);
}

/** Notes how far a group has read partitions, as the member that has them in this generation. */
export async function commitOffsets(
  offsets: readonly (TopicPartition & { readonly offset: bigint })[],
  { memberId, generation }: { readonly memberId: string; readonly generation: number },
  coordinator: Coordinator,
  lane: Lane,
): Promise<void> {
  const topics = [...Map.groupBy(offsets, ({ topic }) => topic)].map(([name, theirs]) => ({
    name,
    partitions: theirs.map(({ partition, offset }) => ({
      ...{ partitionIndex: partition, committedOffset: offset },
      ...{ committedLeaderEpoch: -1, committedMetadata: MARK },
    })),
  }));
  await coordinator.ask(lane, 'OffsetCommit', coordinator.group, generation, memberId, null, topics);
}
