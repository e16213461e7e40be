import { countsOf, type JournalEntry, lostOf, type Publisher } from '@rookery/testing';
import { describe, expect, test } from 'vitest';

const publisher = (lines: string[], killed = false): Publisher => ({ name: 'p', lines, killed });
const entry = (endpoint: string, id: number, key = 'k', dead = false): JournalEntry => ({
  endpoint,
  event: { id, by: 'p', key },
  dead,
});
/** Events 0 to `count` - 1, all accepted after 5 ms. */
const accepted = (count: number) =>
  Array.from({ length: count }, (_, id) => [`@ offer ${id}`, `@ accept ${id} 5 `]).flat();

describe('what became of events', () => {
  test('is lost when it was accepted and one endpoint misses it', () => {
    const one = publisher(accepted(4));
    const entries = [entry('ledger', 0), entry('mail', 1), entry('audit', 1), entry('mail', 3)];
    expect(lostOf([one], entries)).toStrictEqual(['p/2', 'p/3']);
    expect(countsOf([one], entries, 100)).toMatchObject({ offered: 4, accepted: 4, lost: 2, acceptP99: 5 });
  });

  test('is not lost when it is a dead letter, or was refused; that it never came is seen all the same', () => {
    const one = publisher([...accepted(1), '@ offer 2', '@ refuse 2 7 QUEUE_FULL']);
    const counts = countsOf([one], [entry('ledger', 0, 'k', true)], 100);
    expect(counts).toMatchObject({ lost: 0, deadLetters: 1, unhandled: 1, refused: { QUEUE_FULL: 1 } });
  });

  test('is repeated for each time that an endpoint handles it again', () => {
    const entries = [entry('ledger', 0), entry('ledger', 0), entry('ledger', 0)];
    expect(countsOf([publisher(accepted(1))], entries, 100)).toMatchObject({ repeated: 2, outOfOrder: 0 });
  });

  test('is out of order when it comes for the first time after a later one of its key', () => {
    const ordered = [entry('ledger', 0), entry('ledger', 4), entry('ledger', 2, 'other'), entry('ledger', 4)];
    expect(countsOf([publisher(accepted(6))], ordered, 100).outOfOrder).toBe(0);
    const mixed = [entry('ledger', 4), entry('ledger', 0), entry('ledger', 2), entry('ledger', 6)];
    expect(countsOf([publisher(accepted(8))], mixed, 100).outOfOrder).toBe(2);
  });

  test('is repeated and in order when the end of what was done is done again', () => {
    const entries = [0, 2, 4, 2, 4, 6].map((id) => entry('ledger', id));
    expect(countsOf([publisher(accepted(8))], entries, 100)).toMatchObject({ repeated: 2, outOfOrder: 0 });
  });

  test('of others is left alone', () => {
    const counts = countsOf([], [entry('ledger', 0), entry('ledger', 0)], 100);
    expect(counts).toMatchObject({ offered: 0, repeated: 0, acceptP99: 0 });
  });
});

describe('what became of calls', () => {
  test('hangs when it has no end a second after its deadline', () => {
    const lines = [
      ...['@ ask 0', '@ answer 0 90 ', '@ ask 1', '@ answer 1 1101 ', '@ ask 2', '@ fail 2 100 GONE'],
      ...['@ ask 3', '@ offer 0', 'some log'],
    ];
    const counts = countsOf([publisher(lines)], [], 100);
    expect(counts).toMatchObject({ requests: 4, answered: 1, failed: { GONE: 1 }, hung: 3 });
  });

  test('has no end that anybody could wait for when its caller was killed', () => {
    expect(countsOf([publisher(['@ ask 0', '@ offer 0'], true)], [], 100)).toMatchObject({ hung: 0 });
  });
});
