import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TopicPartition } from '../src/fetch/offsets.js';
import { evenShares, type Sharer } from '../src/group/even-shares.js';

type Shares = ReadonlyMap<string, readonly TopicPartition[]>;

/** Shares out until nobody has to let go of anything, as members do it. */
function settle(members: readonly Sharer[], counts: ReadonlyMap<string, number>): Shares {
  let sharers = members;
  let shares: Shares = new Map();
  for (let round = 1; round <= 4; round++) {
    shares = evenShares(sharers, counts);
    expect(shares).toEqual(evenShares(sharers.toReversed(), counts));
    const given = [...shares.values()].flat().map(({ topic, partition }) => `${topic}:${partition}`);
    expect(new Set(given).size).toBe(given.length);
    for (const { memberId, owned } of sharers)
      for (const { topic, partition } of owned)
        for (const [other, theirs] of shares)
          if (other !== memberId) expect(theirs).not.toContainEqual({ topic, partition });
    const next = sharers.map((each) => ({
      ...each,
      owned: shares.get(each.memberId) ?? [],
      generation: round,
    }));
    const same = next.every(({ owned }, index) => owned.length === sharers[index]?.owned.length);
    sharers = next;
    if (same && given.length === wantedOf(members, counts)) return shares;
  }
  throw new Error('they never come to rest');
}

function wantedOf(members: readonly Sharer[], counts: ReadonlyMap<string, number>): number {
  const wanted = [...counts].filter(([topic]) => members.some(({ topics }) => topics.includes(topic)));
  return wanted.reduce((sum, [, count]) => sum + count, 0);
}

const member = (
  memberId: string,
  topics: readonly string[],
  owned: readonly TopicPartition[] = [],
): Sharer => ({
  ...{ memberId, topics, owned },
  generation: owned.length > 0 ? 0 : -1,
});

const numbers = (shares: Shares, topic: string): number[] =>
  [...shares.values()].map((theirs) => theirs.filter((each) => each.topic === topic).length).sort();

const topics = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1 });
const sizes = fc
  .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.integer({ min: 1, max: 7 })), {
    selector: ([topic]) => topic,
  })
  .map((entries) => new Map(entries));

test('each topic is shared evenly, and so is all of it, whoever comes and goes', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      sizes,
      (before, after, counts) => {
        const wanted = [...counts.keys()];
        const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`);
        const former = settle(
          names(before).map((name) => member(name, wanted)),
          counts,
        );
        const shares = settle(
          names(after).map((name) => member(name, wanted, former.get(name))),
          counts,
        );
        for (const topic of wanted) expect(spread(numbers(shares, topic))).toBeLessThanOrEqual(1);
        expect(spread([...shares.values()].map(({ length }) => length))).toBeLessThanOrEqual(1);
        // Once more changes nothing.
        expect(
          settle(
            names(after).map((name) => member(name, wanted, shares.get(name))),
            counts,
          ),
        ).toEqual(shares);
      },
    ),
  );
});

test('a topic goes to those who want it', () => {
  fc.assert(
    fc.property(fc.array(topics, { minLength: 1, maxLength: 4 }), sizes, (wishes, counts) => {
      const members = wishes.map((wish, index) => member(`m${index}`, wish));
      const shares = settle(members, counts);
      for (const { memberId, topics: wish } of members)
        for (const { topic } of shares.get(memberId) ?? []) expect(wish).toContain(topic);
    }),
  );
});

test('who joins gets a half of each topic, and none of it before it was let go of', () => {
  const counts = new Map([
    ['busy', 4],
    ['idle', 4],
  ]);
  const alone = settle([member('m0', ['busy', 'idle'])], counts);
  const sharers = [member('m0', ['busy', 'idle'], alone.get('m0')), member('m1', ['busy', 'idle'])];
  const first = evenShares(sharers, counts);
  expect(first.get('m1')).toEqual([]);
  expect(numbers(first, 'busy')).toEqual([0, 2]);
  expect(numbers(settle(sharers, counts), 'busy')).toEqual([2, 2]);
  expect(numbers(settle(sharers, counts), 'idle')).toEqual([2, 2]);
});

test('what two say is theirs is the one\u2019s who has had it later, and nobody\u2019s if that cannot be told', () => {
  const own = [{ topic: 'a', partition: 0 }];
  const [old, recent] = [member('old', ['a'], own), { ...member('recent', ['a'], own), generation: 5 }];
  expect(evenShares([old, recent], new Map([['a', 1]])).get('recent')).toEqual(own);
  const both = evenShares([member('m0', ['a'], own), member('m1', ['a'], own)], new Map([['a', 1]]));
  expect([...both.values()]).toEqual([[], []]);
});

function spread(numbersOf: readonly number[]): number {
  return Math.max(...numbersOf) - Math.min(...numbersOf);
}
