import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearPatterns } from '../src/pattern/near.js';

/** Levenshtein's distance as its definition says it. */
function distance(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  const [x, y] = [a.slice(1), b.slice(1)];
  if (a[0] === b[0]) return distance(x, y);
  return 1 + Math.min(distance(x, b), distance(a, y), distance(x, y));
}

const short = fc.string({ unit: fc.constantFrom('a', 'b', 'C', '.'), maxLength: 6 });

test('it names the three nearest within two fifths of the length, nearest first', () => {
  fc.assert(
    fc.property(short, fc.uniqueArray(short, { maxLength: 8 }), (pattern, candidates) => {
      const far = (candidate: string) => distance(pattern.toLowerCase(), candidate.toLowerCase());
      const near = candidates.filter(
        (candidate) => far(candidate) <= Math.max(pattern.length, candidate.length) * 0.4,
      );
      const found = nearPatterns(pattern, candidates);
      expect(found.map(far)).toEqual(
        near
          .map(far)
          .sort((a, b) => a - b)
          .slice(0, 3),
      );
      for (const candidate of found) expect(near).toContain(candidate);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['{"cmd":"sun"}', ['{"cmd":"sum"}', '{"cmd":"get_invoice"}'], ['{"cmd":"sum"}']],
  ['user.Created', ['user_created', 'user.created', 'orders'], ['user.created', 'user_created']],
  ['nothing.like.it', ['sum', 'users'], []],
  ['sum', [], []],
])('near %s among %j: %j', (pattern, candidates, near) => {
  expect(nearPatterns(pattern, candidates)).toEqual(near);
});
