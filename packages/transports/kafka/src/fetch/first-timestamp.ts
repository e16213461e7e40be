import type { Cluster } from '../connection/cluster.js';
import type { Lane } from '../connection/lane.js';
import type { FetchResponse } from './fetch-response.js';
import type { TopicPartition } from './offsets.js';
import { Position } from './position.js';
import { readBatches } from './read-batches.js';

/** Kafka gives one batch at least, however large it is. */
const LEAST_BYTES = 1;

/** When the record at an offset, or the next one that is there, was sent. */
export async function firstTimestamp(
  { topic, partition }: TopicPartition,
  offset: bigint,
  cluster: Cluster,
  lane: Lane,
): Promise<number | undefined> {
  const { topics } = await cluster.metadata([topic]);
  const found = topics.get(topic);
  const asked = [
    {
      topicId: found?.id ?? '',
      partitions: [
        {
          ...{ partition, currentLeaderEpoch: -1, fetchOffset: offset, lastFetchedEpoch: -1 },
          partitionMaxBytes: LEAST_BYTES,
        },
      ],
    },
  ];
  const leader = found?.partitions[partition]?.leader ?? -1;
  const { responses } = await lane.ask<FetchResponse>(
    leader,
    'Fetch',
    ...[0, LEAST_BYTES, LEAST_BYTES, 0, 0, -1, asked, [], ''],
  );
  const records = responses[0]?.partitions[0]?.records ?? [];
  return readBatches(new Position(topic, partition, offset), records)[0]?.timestamp;
}
