import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SLOT_COUNT, slotOf } from '../src/slots/slot.js';

/** FNV-1a, 32 bits, in exact integers. */
function fnv1a(key: string): bigint {
  let hash = 2_166_136_261n;
  for (const byte of new TextEncoder().encode(key)) hash = ((hash ^ BigInt(byte)) * 16_777_619n) % 2n ** 32n;
  return hash;
}

// Published vectors of FNV-1a (32 bits), so that the loop above is right too.
test.each([
  ['', 0x811c9dc5n],
  ['a', 0xe40c292cn],
  ['foobar', 0xbf9cf968n],
])('FNV-1a of %j', (key, hash) => {
  expect(fnv1a(key)).toBe(hash);
});

// These never change: keys of events that are stored, and publishers of other versions, depend on them.
test.each([
  ['', 5],
  ['a', 12],
  ['b', 5],
  ['foobar', 8],
  ['user-1', 4],
  ['user-2', 13],
  ['order:4711', 0],
  ['tenant/eu/42', 15],
  ['0', 15],
  ['Ünïcödé', 2],
  ['日本語', 7],
  ['🐧', 5],
  ['3f2504e0-4f89-11d3-9a0c-0305e82c3301', 0],
])('the slot of %j is %i for ever', (key, slot) => {
  expect(slotOf(key)).toBe(slot);
});

test('there are 16 slots, and a key is in that of its hash', () => {
  expect(SLOT_COUNT).toBe(16);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (key) => {
      expect(slotOf(key)).toBe(Number(fnv1a(key) % 16n));
    }),
  );
});
