import { crc32c } from '@platformatic/kafka';
import type { OutgoingRecord } from './outgoing-record.js';

/** Who sends a batch, and which of its batches it is: see {@link Producer}. */
export interface BatchIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly firstSequence: number;
}

/** Bytes from the beginning of a batch to its first record, to what its length does not count, and to what its checksum covers. */
const HEAD = 61;
const UNCOUNTED = 12;
const CHECKED = 21;

const VERSION = 2;

/** How many names of headers are kept as bytes; those of an application may be without end. */
const MOST_KEPT = 1_000;
const names = new Map<string, Buffer>();

/**
 * The records of a partition as brokers keep them, in one pass into one piece of memory: the client library makes ten small ones of each
 * header. Not compressed.
 *
 * @see https://kafka.apache.org/documentation/#recordbatch
 */
export function recordBatch(records: readonly OutgoingRecord[], identity: BatchIdentity): Buffer {
  const first = records[0]?.timestamp ?? 0;
  let latest = first;
  let size = HEAD;
  const sizes = records.map((record, index) => {
    latest = Math.max(latest, record.timestamp);
    const own = sizeOfBody(record, index, record.timestamp - first);
    size += sizeOfVarint(own) + own;
    return own;
  });
  const batch = Buffer.allocUnsafe(size);
  batch.writeBigInt64BE(0n, 0);
  batch.writeInt32BE(size - UNCOUNTED, 8);
  batch.writeInt32BE(0, 12); // epoch of the leader: its own affair
  batch[16] = VERSION;
  batch.writeInt16BE(0, CHECKED);
  batch.writeInt32BE(records.length - 1, 23);
  batch.writeBigInt64BE(BigInt(first), 27);
  batch.writeBigInt64BE(BigInt(latest), 35);
  batch.writeBigInt64BE(identity.producerId, 43);
  batch.writeInt16BE(identity.producerEpoch, 51);
  batch.writeInt32BE(identity.firstSequence, 53);
  batch.writeInt32BE(records.length, 57);
  let at = HEAD;
  for (const [index, record] of records.entries()) {
    at = writeVarint(batch, at, sizes[index] ?? 0);
    at = writeBody(batch, at, record, index, record.timestamp - first);
  }
  batch.writeUInt32BE(crc32c(batch.subarray(CHECKED)), 17);
  return batch;
}

function sizeOfBody({ key, value, headers }: OutgoingRecord, index: number, elapsed: number): number {
  let size = 1 + sizeOfVarint(elapsed) + sizeOfVarint(index) + sizeOfVarint(headers.length);
  size += sizeOfBytes(key?.length) + sizeOfBytes(value?.length);
  for (const [name, text] of headers) size += nameOf(name).length + sizeOfBytes(lengthOf(text));
  return size;
}

function writeBody(
  batch: Buffer,
  start: number,
  { key, value, headers }: OutgoingRecord,
  index: number,
  elapsed: number,
): number {
  let at = start;
  batch[at++] = 0;
  at = writeVarint(batch, at, elapsed);
  at = writeVarint(batch, at, index);
  at = writeBytes(batch, at, key);
  at = writeBytes(batch, at, value);
  at = writeVarint(batch, at, headers.length);
  for (const [name, text] of headers) {
    const known = nameOf(name);
    batch.set(known, at);
    at += known.length;
    if (typeof text === 'string') {
      at = writeVarint(batch, at, lengthOf(text));
      at += batch.write(text, at, 'utf8');
    } else at = writeBytes(batch, at, text);
  }
  return at;
}

/** With its length before it. */
function nameOf(name: string): Buffer {
  let known = names.get(name);
  if (known) return known;
  const bytes = Buffer.from(name);
  known = Buffer.alloc(sizeOfBytes(bytes.length));
  writeBytes(known, 0, bytes);
  if (names.size < MOST_KEPT) names.set(name, known);
  return known;
}

function lengthOf(text: string | Buffer): number {
  return typeof text === 'string' ? Buffer.byteLength(text) : text.length;
}

/** With their length before them; `undefined` is no bytes, which is kept apart from an empty text. */
function sizeOfBytes(length: number | undefined): number {
  return length === undefined ? 1 : sizeOfVarint(length) + length;
}

function writeBytes(batch: Buffer, at: number, bytes: Buffer | undefined): number {
  if (!bytes) return writeVarint(batch, at, -1);
  const start = writeVarint(batch, at, bytes.length);
  batch.set(bytes, start);
  return start + bytes.length;
}

/** Small numbers of either sign are few bytes. Whole numbers up to 2^52, which times are. */
function writeVarint(batch: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  while (rest >= 0x80) {
    batch[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  batch[at++] = rest;
  return at;
}

function sizeOfVarint(value: number): number {
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  let size = 1;
  while (rest >= 0x80) {
    size++;
    rest = Math.floor(rest / 0x80);
  }
  return size;
}
