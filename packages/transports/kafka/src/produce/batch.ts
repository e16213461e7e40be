import { murmur2, type ClusterMetadata } from '@platformatic/kafka';
import type { Posting } from './posting.js';

/** What goes to one partition at once. */
export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly postings: readonly Posting[];
}

/** As Kafka's own clients do it, so that all of them put a key into the same partition. */
function keyHash(key: Buffer): number {
  return murmur2(key) & 0x7fffffff;
}

/** Sorts postings into batches, each in the order given. */
export function batchesOf(
  postings: readonly Posting[],
  { topics }: ClusterMetadata,
  anyPartition: (topic: string) => number,
): PartitionBatch[] {
  const batches = new Map<string, PartitionBatch & { postings: Posting[] }>();
  for (const posting of postings) {
    const { topic, key, partition: wanted } = posting.record;
    const count = topics.get(topic)?.partitionsCount ?? 1;
    const chosen = wanted ?? (key ? keyHash(key) : anyPartition(topic));
    const partition = chosen % count;
    const where = `${topic}:${partition}`;
    let batch = batches.get(where);
    if (!batch) batches.set(where, (batch = { topic, partition, postings: [] }));
    batch.postings.push(posting);
  }
  return [...batches.values()];
}
