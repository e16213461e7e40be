import { Deadlines } from '@rookery/core';
import { VirtualClock } from '@rookery/testing';
import { expect, test } from 'vitest';
import { PartitionLog } from '../src/events/partition-log.js';
import type { FetchedRecord } from '../src/fetch/fetched-record.js';
import { Position } from '../src/fetch/position.js';

function record(offset: number): FetchedRecord {
  return {
    ...{ topic: 't', partition: 0, offset: BigInt(offset), timestamp: 0, key: null },
    ...{ value: Buffer.alloc(10), headers: [] },
  };
}

function logOf(limit: number) {
  let woken = 0;
  const position = new Position('t', 0, 5n);
  const log = new PartitionLog(position, false, limit, () => void woken++);
  const read = (offset: number) => {
    position.next = BigInt(offset + 1);
    const entry = log.add(record(offset));
    entry.open = 1;
    return entry;
  };
  const settle = (entry: ReturnType<typeof read>) => {
    entry.open--;
    log.advance();
  };
  return { log, position, read, settle, woken: () => woken };
}

test('only what has nothing unsettled before it is noted', () => {
  const { log, read, settle } = logOf(10);
  const [a, b, c] = [read(5), read(6), read(9)];
  expect(log.uncommitted).toBeUndefined();
  settle(b);
  expect(log.uncommitted).toBeUndefined();
  settle(a);
  expect(log.uncommitted).toBe(9n);
  log.committed(9n);
  expect(log.uncommitted).toBeUndefined();
  settle(c);
  expect(log.uncommitted).toBe(10n);
});

test('a partition with too much in hand is not read on until half of it is settled', () => {
  const { position, read, settle, woken } = logOf(4);
  const entries = [5, 6, 7, 8].map(read);
  expect(position.wanted).toBe(false);
  const [first, second] = entries;
  if (first) settle(first);
  expect(position.wanted).toBe(false);
  if (second) settle(second);
  expect([position.wanted, woken()]).toEqual([true, 1]);
});

test('it is quiet when no handler has any of it', async () => {
  const { log } = logOf(4);
  log.began();
  log.close(new Deadlines(new VirtualClock()));
  let quiet = false;
  const waited = log.quiet().then(() => (quiet = true));
  expect(quiet).toBe(false);
  log.ended();
  await waited;
  expect(log.closed).toBe(true);
});
