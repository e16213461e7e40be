import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasWildcards, PatternTable } from '../src/pattern/table.js';

const token = fc.constantFrom('a', 'b', 'cc', '', '*', 'a*', '>b');
const tokens = fc.array(token, { minLength: 1, maxLength: 4 });
const pattern = fc
  .tuple(tokens, fc.boolean())
  .map(([list, open]) => [...list, ...(open ? ['>'] : [])].join('.'));
const subject = fc.oneof(
  fc
    .array(fc.constantFrom('a', 'b', 'cc', '', 'a*', '>b'), { minLength: 1, maxLength: 5 })
    .map((list) => list.join('.')),
  fc.constant('{"cmd":"a"}'),
);

/** The rules once more, as a regular expression. */
function naive(pattern: string, subject: string): boolean {
  if (subject.startsWith('{')) return pattern === subject;
  const source = pattern
    .split('.')
    .map((token) => {
      if (token === '*') return '[^.]*';
      return token === '>' ? '.*' : token.replace(/[*>]/g, String.raw`\$&`);
    })
    .join(String.raw`\.`);
  return new RegExp(`^${source}$`, 's').test(subject);
}

test('it finds what a naive matcher finds, exact ones first, each once', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(pattern, fc.nat(3)), { maxLength: 12 }), subject, (added, subject) => {
      const table = new PatternTable<number>();
      for (const [pattern, value] of added) table.add(pattern, value);
      const matching = added.filter(([pattern]) => naive(pattern, subject));
      const exact = matching.filter(([pattern]) => pattern === subject);
      const others = matching.filter(([pattern]) => pattern !== subject);
      expect(table.match(subject)).toEqual([...new Set([...exact, ...others].map(([, value]) => value))]);
    }),
    { numRuns: 3_000 },
  );
});

test.each([
  ['orders.*', 'orders.created', true],
  ['orders.*', 'orders', false],
  ['orders.*', 'orders.created.eu', false],
  ['*.created', 'orders.created', true],
  ['*', 'orders', true],
  ['orders.>', 'orders.created.eu', true],
  ['orders.>', 'orders', false],
  ['>', 'orders', true],
  ['*.>', 'orders', false],
  ['orders.cre*', 'orders.created', false],
  ['orders.cre*', 'orders.cre*', true],
  ['orders>', 'orders>', true],
])('%s and %s: %s', (pattern, subject, matches) => {
  const table = new PatternTable<string>();
  table.add(pattern, 'found');
  expect(table.match(subject)).toEqual(matches ? ['found'] : []);
});

test('an object pattern has no wildcards, whatever is in it', () => {
  const pattern = '{"cmd":"a.*.>"}';
  expect(hasWildcards(pattern)).toBe(false);
  const table = new PatternTable<string>();
  table.add(pattern, 'object');
  table.add('>', 'rest');
  expect(table.match(pattern)).toEqual(['object']);
});

test.each(['>.a', 'a.>.b', '>.>', 'a.>.*'])('%s is refused: nothing may follow the rest', (pattern) => {
  expect(() => new PatternTable().add(pattern, 1)).toThrow(
    expect.objectContaining({ code: 'CONFIGURATION', message: expect.stringContaining(pattern) }),
  );
});

test('a value under several patterns is found once', () => {
  const table = new PatternTable<string>();
  for (const pattern of ['a.b', 'a.b', 'a.*', '>', '*.b']) table.add(pattern, 'one');
  expect(table.match('a.b')).toEqual(['one']);
});

test('patterns() lists them as they were added', () => {
  const table = new PatternTable<number>();
  for (const pattern of ['b.*', 'a', '{"cmd":"x"}', '>']) table.add(pattern, 1);
  expect(table.patterns().sort()).toEqual(['>', 'a', 'b.*', '{"cmd":"x"}']);
});
