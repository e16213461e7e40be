import { IS_CONTROL, type RecordsBatch } from '@platformatic/kafka';
import type { FetchedRecord } from './fetched-record.js';
import type { Position } from './position.js';

/** The records of a partition from the position on, which moves behind them. */
export function readBatches(position: Position, batches: readonly RecordsBatch[]): FetchedRecord[] {
  const { topic, partition } = position;
  const read: FetchedRecord[] = [];
  for (const { firstOffset, lastOffsetDelta, firstTimestamp, attributes, records } of batches) {
    for (const { offsetDelta, timestampDelta, key, value, headers } of records) {
      const offset = firstOffset + BigInt(offsetDelta);
      // A batch is read whole, even if only its end is new; and what ends a transaction is no message.
      if (offset < position.next || (attributes & IS_CONTROL) !== 0) continue;
      const timestamp = Number(firstTimestamp + timestampDelta);
      read.push({ topic, partition, offset, timestamp, key, value, headers });
    }
    const end = firstOffset + BigInt(lastOffsetDelta) + 1n;
    if (end > position.next) position.next = end;
  }
  return read;
}
