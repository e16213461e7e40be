import { expect, test } from 'vitest';
import { causeKind } from '../../src/dead-letters/cause-kind.js';

test.each([
  ['TypeError: no user 4711 of tenant "acme"', "TypeError: no user # of tenant '…'"],
  ['Error: order 5f2b8f9e-1c1d-4c6c-9f0e-2b1c3d4e5f60 is gone', 'Error: order # is gone'],
  ['Error: connect ECONNREFUSED 127.0.0.1:5432', 'Error: connect ECONNREFUSED #'],
  ["Error: can't read the user's mail", "Error: can't read the user's mail"],
  ["RangeError: 'a' is no 'b'", "RangeError: '…' is no '…'"],
  ['Error: -12.5 EUR on 2026-11-21T10:00:00Z', 'Error: # EUR on #'],
  ['MongoServerError: E11000 duplicate key', 'MongoServerError: # duplicate key'],
  ['Error: no mail for ada.l+x@mail.example.com.', 'Error: no mail for #.'],
  ['Error: one\n   two\tthree', 'Error: one two three'],
  ['Error: id ab12cd-1f und Straße7', 'Error: id # und #'],
])('%j is of the kind %j', (cause, kind) => {
  expect(causeKind(cause)).toBe(kind);
});

test('a long cause costs little and counts by its beginning', () => {
  expect(causeKind(`Error: ${'x'.repeat(100_000)}`)).toHaveLength(300);
  expect(causeKind(`Error: ${'"'.repeat(100_000)}`).length).toBeLessThanOrEqual(300);
});
