import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromParts, inParts } from '../../src/control/parts.js';

async function* streamOf(items: Iterable<unknown>): AsyncGenerator {
  yield* items;
}

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of stream) values.push(value);
  return values;
}

test('what goes in parts comes back whole, and no part is larger than the medium takes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ text: fc.string({ maxLength: 60, unit: 'binary' }) }), { maxLength: 5 }),
      fc.integer({ min: 8, max: 100 }),
      async (values, maxBody) => {
        const items = values.flatMap((value) => [...inParts(value, maxBody)]);
        for (const item of items)
          if (item instanceof Uint8Array) expect(item.length).toBeLessThanOrEqual(maxBody);
        expect(await all(fromParts(streamOf(items)))).toEqual(values);
      },
    ),
  );
});

test('what ends too early, or is something else, is an error', async () => {
  const items = [...inParts({ text: 'x'.repeat(100) }, 20)];
  await expect(all(fromParts(streamOf(items.slice(0, -1))))).rejects.toThrow('ended 1 pieces too early');
  await expect(all(fromParts(streamOf([{ parts: 2 }, 'a'])))).rejects.toThrow('no bytes');
});
