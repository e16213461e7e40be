import {
  createRecordsBatch,
  produceV11,
  Reader,
  readRecordsBatch,
  type Connection,
  type Writer,
} from '@platformatic/kafka';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OutgoingRecord } from '../src/produce/outgoing-record.js';
import { produceRequest } from '../src/produce/produce-request.js';
import { recordBatch } from '../src/produce/record-batch.js';

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const some = fc.option(bytes, { nil: undefined });
const text = fc.string({ unit: 'binary', maxLength: 100 });
const header = fc.tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), fc.oneof(text, bytes));
const record: fc.Arbitrary<OutgoingRecord> = fc.record({
  topic: fc.constantFrom('one', 'another'),
  key: some,
  value: some,
  headers: fc.uniqueArray(header, { maxLength: 9, selector: ([name]) => name }),
  // The library writes times wrong that are more than 24 days apart.
  timestamp: fc.integer({ min: 1_795_000_000_000, max: 1_795_000_000_000 + 2 ** 31 - 1 }),
});
const identity = fc.record({
  producerId: fc.bigInt({ min: 0n, max: 2n ** 62n }),
  producerEpoch: fc.integer({ min: 0, max: 32_767 }),
  firstSequence: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
});

/** The same for the library, which changes what it is given. */
function librarys({ topic, key, value, headers, timestamp }: OutgoingRecord, partition: number) {
  const map = new Map(headers.map(([name, each]) => [Buffer.from(name), Buffer.from(each)]));
  const own = key === undefined ? {} : { key };
  return { topic, partition, ...own, value: value as Buffer, headers: map, timestamp: BigInt(timestamp) };
}

test('whatever the records are, they are what the library writes', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 30 }), identity, (records, who) => {
      const { firstSequence, ...options } = who;
      const sequences = { getWithDefault: () => firstSequence };
      const messages = records.map((each) => librarys(each, 0));
      const expected = createRecordsBatch(messages, { ...options, sequences } as never);
      expect(recordBatch(records, who).equals(expected.buffer)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('the request is what the library writes, for several topics and partitions', () => {
  const made = (topic: string, value: string): OutgoingRecord => ({
    topic,
    value: Buffer.from(value),
    headers: [['name', 'text']],
    timestamp: 1_795_000_000_000,
  });
  const parts = [
    { topic: 'one', partition: 0, records: [made('one', 'a'), made('one', 'b')] },
    { topic: 'one', partition: 3, records: [made('one', 'c')] },
    { topic: 'another', partition: 1, records: [made('another', 'd')] },
  ];
  const identity = { producerId: 7n, producerEpoch: 1 };
  const batches = parts.map(({ topic, partition, records }) => ({
    topic,
    partition,
    bytes: recordBatch(records, { ...identity, firstSequence: partition }),
  }));
  const messages = parts.flatMap(({ partition, records }) =>
    records.map((each) => librarys(each, partition)),
  );
  const sequences = { getWithDefault: (where: string) => Number(where.split(':')[1]) };
  let expected: Buffer | undefined;
  const send = (_key: number, _version: number, write: () => Writer): void =>
    void (expected = write().buffer);
  produceV11.api(
    { send } as unknown as Connection,
    -1,
    10_000,
    messages,
    { ...identity, sequences } as never,
    () => undefined,
  );
  expect(produceRequest(-1, 10_000, batches).buffer.equals(expected!)).toBe(true);
});

test('times that are years apart are what they were', () => {
  const times = [1_795_000_000_000, 0, 2 ** 45];
  const records = times.map((timestamp) => ({ topic: 'one', headers: [], timestamp }));
  const batch = recordBatch(records, { producerId: -1n, producerEpoch: 0, firstSequence: 0 });
  const read = readRecordsBatch(Reader.from(batch));
  const deltas = read.records.map(({ timestampDelta }) => Number(read.firstTimestamp + timestampDelta));
  expect(deltas).toEqual(times);
  expect(read.maxTimestamp).toBe(BigInt(2 ** 45));
});

test('a header that comes twice is there twice', () => {
  const headers = [['same', 'first'] as const, ['same', 'second'] as const];
  const batch = recordBatch([{ topic: 'one', headers, timestamp: 0 }], {
    ...{ producerId: -1n, producerEpoch: 0, firstSequence: 0 },
  });
  expect(batch.toString('latin1').split('same')).toHaveLength(3);
});
