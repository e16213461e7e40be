import type { Cluster } from '../connection/cluster.js';
import type { Lane } from '../connection/lane.js';

/** A partition of a topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** All partitions of topics, as the brokers have them now. */
export async function partitionsOf(topics: readonly string[], cluster: Cluster): Promise<TopicPartition[]> {
  const metadata = await cluster.metadata(topics, true);
  return topics.flatMap((topic) => {
    const count = metadata.topics.get(topic)?.partitionsCount ?? 0;
    return Array.from({ length: count }, (_, partition) => ({ topic, partition }));
  });
}

/** Where a partition begins, and where it ends: Kafka's numbers for it. */
const TIMESTAMPS = { earliest: -2n, latest: -1n } as const;

interface ListOffsetsResponse {
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: readonly { readonly partitionIndex: number; readonly offset: bigint }[];
  }[];
}

/**
 * The offsets of the beginnings or the ends of partitions, in their order; or those of the first record since some time, in
 * milliseconds since the Unix epoch, and -1 where there is none.
 */
export async function offsetsAt(
  where: keyof typeof TIMESTAMPS | bigint,
  partitions: readonly TopicPartition[],
  cluster: Cluster,
  lane: Lane,
): Promise<readonly bigint[]> {
  const timestamp = typeof where === 'bigint' ? where : TIMESTAMPS[where];
  const { topics } = await cluster.metadata([...new Set(partitions.map(({ topic }) => topic))]);
  const byLeader = Map.groupBy(
    partitions,
    ({ topic, partition }) => topics.get(topic)?.partitions[partition]?.leader ?? -1,
  );
  const found = new Map<string, bigint>();
  for (const [leader, theirs] of byLeader) {
    const asked = [...Map.groupBy(theirs, ({ topic }) => topic)].map(([name, some]) => ({
      name,
      partitions: some.map(({ partition }) => ({
        ...{ partitionIndex: partition, currentLeaderEpoch: -1, timestamp },
      })),
    }));
    const response = await lane.ask<ListOffsetsResponse>(leader, 'ListOffsets', -1, 0, asked);
    for (const { name, partitions: those } of response.topics)
      for (const { partitionIndex, offset } of those) found.set(`${name}:${partitionIndex}`, offset);
  }
  return partitions.map(({ topic, partition }) => found.get(`${topic}:${partition}`) ?? 0n);
}
