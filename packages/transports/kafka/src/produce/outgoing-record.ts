/** One message on its way to a partition. */
export interface OutgoingRecord {
  readonly topic: string;
  /** Any whole number from 0; taken modulo the topic's partitions. Left out: any of them. */
  readonly partition?: number | undefined;
  readonly key?: Buffer | undefined;
  /** Left out: none, which Kafka keeps apart from an empty one. */
  readonly value?: Buffer | undefined;
  readonly headers: readonly (readonly [name: string, value: string | Buffer])[];
  /** Milliseconds since the Unix epoch. */
  readonly timestamp: number;
}

/** Bytes that a record takes up, roughly and never less than it does. */
export function sizeOf({ key, value, headers }: OutgoingRecord): number {
  let size = 80 + (key?.length ?? 0) + (value?.length ?? 0);
  for (const [name, text] of headers) size += 10 + 3 * (name.length + text.length);
  return size;
}

/** Bytes of a batch with one record in it, beside the record's own. */
export const BATCH_OVERHEAD = 100;

/** Bytes that a record takes up in a batch of its own: never less than it does, and little more. */
export function aloneSizeOf({ key, value, headers }: OutgoingRecord): number {
  let size = BATCH_OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0);
  for (const [name, text] of headers) size += 10 + Buffer.byteLength(name) + Buffer.byteLength(text);
  return size;
}

/** Why no broker could ever have it, if so: its partition and its time may be what somebody else has said. */
export function unsendable({ partition = 0, timestamp }: OutgoingRecord): string | undefined {
  if (!Number.isSafeInteger(partition) || partition < 0) return `${partition} is no partition`;
  if (!Number.isSafeInteger(timestamp) || timestamp < 0) return `${timestamp} is no time`;
  return undefined;
}
