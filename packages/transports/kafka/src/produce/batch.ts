import { murmur2, type ClusterMetadata } from '@platformatic/kafka';
import type { Posting } from './posting.js';

/** A record as the protocol's writer takes it; it changes `partition` and `timestamp`. */
interface WireRecord {
  topic: string;
  partition: number;
  key: Buffer | undefined;
  value: Buffer | undefined;
  headers: Map<Buffer, Buffer>;
  timestamp: bigint;
}

/** What goes to one partition at once. */
export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly postings: readonly Posting[];
  readonly records: WireRecord[];
}

const names = new Map<string, Buffer>();

function nameOf(header: string): Buffer {
  let name = names.get(header);
  if (name) return name;
  name = Buffer.from(header);
  // The names of an application's own headers may be without end.
  if (names.size < 1_000) names.set(header, name);
  return name;
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
    const { topic, key, value, headers, timestamp, partition: wanted } = posting.record;
    const count = topics.get(topic)?.partitionsCount ?? 1;
    const chosen = wanted ?? (key ? keyHash(key) : anyPartition(topic));
    const partition = chosen % count;
    const where = `${topic}:${partition}`;
    let batch = batches.get(where);
    if (!batch) batches.set(where, (batch = { topic, partition, postings: [], records: [] }));
    batch.postings.push(posting);
    const map = new Map(
      headers.map(([name, text]) => [nameOf(name), typeof text === 'string' ? Buffer.from(text) : text]),
    );
    batch.records.push({ topic, partition, key, value, headers: map, timestamp: BigInt(timestamp) });
  }
  return [...batches.values()];
}
