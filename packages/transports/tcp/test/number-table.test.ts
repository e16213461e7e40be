import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NumberTable } from '../src/connection/number-table.js';

/** Dense as a client numbers them, and wide apart. */
const number = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 0x7fffffff }));

test('thousands of random comings and goings leave it as they would leave a Map', () => {
  fc.assert(
    fc.property(fc.array(number, { minLength: 50, maxLength: 600 }), (numbers) => {
      const table = new NumberTable<{ number: number }>();
      const model = new Map<number, { number: number }>();
      for (const next of numbers) {
        if (model.has(next)) {
          expect(table.get(next)).toBe(model.get(next));
          expect(table.delete(next)).toBe(true);
          model.delete(next);
        } else {
          expect(table.delete(next)).toBe(false);
          const call = { number: next };
          table.add(call);
          model.set(next, call);
        }
        expect(table.size).toBe(model.size);
      }
      for (const next of numbers) expect(table.get(next)).toBe(model.get(next));
      expect(table.all()).toEqual([...model.values()].sort((a, b) => a.number - b.number));
      table.clear();
      expect([table.size, table.all(), table.get(numbers[0]!)]).toEqual([0, [], undefined]);
    }),
  );
});
