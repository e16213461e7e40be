import { turn, VirtualClock } from '@rookery/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Lanes } from '../src/lanes/lanes.js';

function world(limit: number) {
  const clock = new VirtualClock();
  const lanes = new Lanes(clock, limit);
  const log: string[] = [];
  const ends = new Map<string, (hold?: number) => void>();
  /** Work that logs its beginning, and ends when it is told. */
  const enter = (key: string, name: string) =>
    lanes.enter(key, () => {
      log.push(name);
      return new Promise((resolve) => ends.set(name, resolve));
    });
  const end = async (name: string, hold?: number): Promise<void> => {
    const done = ends.get(name);
    ends.delete(name);
    done?.(hold);
    await turn();
  };
  return { clock, lanes, log, enter, end };
}

test('of one key one after another, of several keys at once', async () => {
  const { lanes, log, enter, end } = world(10);
  for (const [key, name] of [
    ['a', 'a1'],
    ['a', 'a2'],
    ['b', 'b1'],
    ['a', 'a3'],
  ] as const)
    enter(key, name);
  expect(log).toEqual(['a1', 'b1']);
  await end('b1');
  await end('a1');
  await end('a2');
  expect(log).toEqual(['a1', 'b1', 'a2', 'a3']);
  await end('a3');
  expect(lanes.size).toBe(0);
});

test('no more at once than the limit, the lane that has waited longest next', async () => {
  const { log, enter, end } = world(2);
  for (const key of ['a', 'b', 'c', 'd']) enter(key, key);
  enter('a', 'a again');
  expect(log).toEqual(['a', 'b']);
  await end('a');
  await end('b');
  expect(log).toEqual(['a', 'b', 'c', 'd']);
  await end('c');
  expect(log.at(-1)).toBe('a again');
});

test('a held lane waits, keeps its order and no place', async () => {
  const { clock, log, enter, end } = world(1);
  enter('a', 'a1');
  enter('a', 'a2');
  enter('b', 'b1');
  await end('a1', 1_000);
  expect(log).toEqual(['a1', 'b1']);
  await end('b1');
  await clock.advance(999);
  expect(log).toEqual(['a1', 'b1']);
  await clock.advance(1);
  expect(log).toEqual(['a1', 'b1', 'a1']);
  await end('a1');
  expect(log.at(-1)).toBe('a2');
});

test('once closed nothing begins, and what is under way may end', async () => {
  const { clock, lanes, log, enter, end } = world(2);
  for (const [key, name] of [
    ['a', 'a1'],
    ['a', 'a2'],
    ['b', 'b1'],
    ['c', 'c1'],
  ] as const)
    enter(key, name);
  await end('b1', 50);
  expect(log).toEqual(['a1', 'b1', 'c1']);
  lanes.close();
  await end('a1');
  await end('c1', 10);
  await clock.advance(100);
  expect(log).toEqual(['a1', 'b1', 'c1']);
  expect(lanes.size).toBe(0);
  enter('a', 'a9');
  expect(log.at(-1)).toBe('c1');
});

test('thousands of random works keep the order of their keys', async () => {
  const step = fc.record({ key: fc.nat(4), holds: fc.array(fc.nat(3), { maxLength: 3 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 1, max: 4 }),
      async (steps, limit) => {
        const clock = new VirtualClock();
        const lanes = new Lanes(clock, limit);
        const done: number[][] = [[], [], [], [], []];
        let atWork = 0;
        for (const [index, { key, holds }] of steps.entries()) {
          const left = [...holds];
          lanes.enter(`${key}`, async () => {
            expect(++atWork).toBeLessThanOrEqual(limit);
            await Promise.resolve();
            atWork--;
            const hold = left.shift();
            if (hold === undefined) done[key]?.push(index);
            return hold;
          });
        }
        for (let waits = 0; waits < 400 && lanes.size > 0; waits++) {
          await turn();
          await clock.advance(1);
        }
        for (const [key, indexes] of done.entries())
          expect(indexes).toEqual(steps.flatMap((one, index) => (one.key === key ? [index] : [])));
      },
    ),
    { numRuns: 50 },
  );
});
