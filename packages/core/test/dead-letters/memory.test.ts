import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryDeadLetters } from '../../src/dead-letters/memory.js';
import { positionOf } from '../../src/dead-letters/store.js';
import { idsOf, letterOf } from './letters.js';

test('full, it refuses the next one and drops none', async () => {
  const letters = new MemoryDeadLetters({ maxLetters: 3 });
  for (const id of ['0', '1', '2']) await letters.put(letterOf(id, Number(id)));
  await expect(letters.put(letterOf('one too many'))).rejects.toMatchObject({
    code: 'QUEUE_FULL',
    recourse: 'retryable',
    message: 'the dead letters are full (3): replay or drop some',
  });
  expect(idsOf(await letters.list())).toEqual(['0', '1', '2']);
  await letters.put(letterOf('1', 1, { attempts: 6 })); // one that is there has its place
  await letters.delete(letterOf('1').id);
  await letters.put(letterOf('now there is room', 9));
  expect(idsOf(await letters.list())).toEqual(['0', '2', 'now there is room']);
});

test('it is full by bytes, too: bodies, edits and all that is said of a failure count, and what leaves counts no more', async () => {
  const letters = new MemoryDeadLetters({ maxBytes: 4_000 });
  const large = { envelope: letterOf('large').message.envelope, body: 'x'.repeat(3_000) };
  await letters.put(letterOf('large', 0, { message: large }));
  await expect(letters.put(letterOf('larger', 0, { message: large }))).rejects.toThrow('full (4000 bytes)');
  const { id } = letterOf('large');
  await expect(letters.edit(id, 'y'.repeat(1_000), 0, undefined)).rejects.toThrow('full (4000 bytes)');
  expect((await letters.get(id))?.edited).toBeUndefined();
  await letters.delete(id);
  await letters.put(letterOf('larger', 0, { message: large }));
  const stack = 'x'.repeat(1_000);
  const wordy = { lastFailure: { at: 0, cause: 'Error: no', stack } };
  await expect(letters.put(letterOf('wordy', 0, wordy))).rejects.toThrow('full (4000 bytes)');
});

test('pages follow each other, whatever leaves and comes between', async () => {
  const letters = new MemoryDeadLetters();
  for (const id of ['a', 'b', 'c', 'd', 'e']) await letters.put(letterOf(id, id.charCodeAt(0)));
  const first = await letters.list({ limit: 2 });
  expect(idsOf(first)).toEqual(['a', 'b']);
  await letters.delete(letterOf('b').id);
  await letters.put(letterOf('late', 'c'.charCodeAt(0) - 0.5));
  const second = await letters.list({ limit: 2, after: positionOf(first[1]!) });
  expect(idsOf(second)).toEqual(['late', 'c']);
  expect(idsOf(await letters.list({ after: positionOf(second[1]!) }))).toEqual(['d', 'e']);
});

test('a letter that comes again is the same one: its first failure and its place stay, its last failure is the new one', async () => {
  const letters = new MemoryDeadLetters();
  await letters.put(letterOf('a', 1));
  await letters.put(letterOf('b', 2));
  const again = { at: 9, cause: 'RangeError: still' };
  await letters.put(letterOf('a', 9, { attempts: 5, replays: 1, lastFailure: again }));
  await letters.put(letterOf('b', 9, { attempts: 6, lastFailure: again })); // the medium brought it once more
  expect(await letters.list()).toMatchObject([
    { attempts: 10, replays: 1, firstFailure: { at: 1 }, lastFailure: again },
    { attempts: 6, replays: 0, firstFailure: { at: 2 }, lastFailure: again },
  ]);
});

test('filters: what fits all that is given', async () => {
  const letters = new MemoryDeadLetters();
  await letters.put(letterOf('a', 1));
  await letters.put(letterOf('b', 2, { endpoint: 'audit', id: 'audit-b' }));
  await letters.put(letterOf('c', 3, { lastFailure: { at: 3, cause: 'TypeError: no mail for user 1' } }));
  await letters.put(letterOf('d', 4, { lastFailure: { at: 4, cause: 'TypeError: no mail for user 22' } }));
  const groups = await letters.groups();
  expect(groups.map(({ count, endpoint, cause, example }) => [count, endpoint, cause, example])).toEqual([
    [2, 'mail', 'TypeError: no mail for user #', letterOf('d').id],
    [1, 'audit', 'Error: no', 'audit-b'],
    [1, 'mail', 'Error: no', letterOf('a').id],
  ]);
  expect(groups[0]).toMatchObject({ firstAt: 3, lastAt: 4, pattern: 'user.created' });
  const found = async (filter: Parameters<typeof letters.list>[0]) => idsOf(await letters.list(filter));
  expect(await found({ group: groups[0]!.id })).toEqual(['c', 'd']);
  expect(await found({ endpoint: 'mail', cause: 'NO MAIL' })).toEqual(['c', 'd']);
  expect(await found({ since: 2, until: 3 })).toEqual(['b', 'c']);
  expect(await found({ ids: [letterOf('a').id, letterOf('d').id, 'none'] })).toEqual(['a', 'd']);
  expect(await found({ pattern: 'user.deleted' })).toEqual([]);
  expect(await letters.groups({ endpoint: 'audit' })).toHaveLength(1);
});

test('an edit keeps the body that was published, also when it is edited again', async () => {
  const letters = new MemoryDeadLetters();
  const { id } = letterOf('a');
  await letters.put(letterOf('a'));
  await letters.edit(id, '2', 5, 'operator');
  expect(await letters.edit(id, '3', 6, undefined)).toMatchObject({
    message: { body: '3', envelope: { id: 'a' } },
    edited: { at: 6, original: '1' },
  });
  expect(await letters.edit('none', '2', 5, undefined)).toBeUndefined();
  await letters.put(letterOf('a', 0, { replays: 1 })); // it failed again: the edit stays
  expect((await letters.get(id))?.message.body).toBe('3');
});

test('as a list that is sorted by hand, whatever is put and deleted', async () => {
  const step = fc.record({
    id: fc.integer({ min: 0, max: 12 }),
    at: fc.integer({ min: 0, max: 5 }),
    put: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const letters = new MemoryDeadLetters();
      const model = new Map<string, number>();
      for (const { id, at, put } of steps) {
        const letter = letterOf(String(id), at);
        if (put && !model.has(letter.id)) model.set(letter.id, at);
        if (put) await letters.put(letter);
        else expect(await letters.delete(letter.id)).toBe(model.delete(letter.id));
      }
      const expected = [...model].sort(([a, at], [b, bt]) => at - bt || (a < b ? -1 : 1)).map(([id]) => id);
      expect((await letters.list()).map(({ id }) => id)).toEqual(expected);
    }),
  );
});
