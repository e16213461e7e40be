import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Roster, type Enrolled } from '../src/under-way/roster.js';

class One implements Enrolled<One> {
  earlier: One | undefined = undefined;
  later: One | undefined = undefined;
}

test('thousands of random comings and goings leave it as they would leave a Set', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 200 }), (steps) => {
      const roster = new Roster<One>();
      const model = new Set<One>();
      const all = Array.from({ length: 21 }, () => new One());
      for (const step of steps) {
        const one = all[step]!;
        if (model.delete(one)) {
          roster.delete(one);
          roster.delete(one); // harmless
        } else {
          roster.add(one);
          model.add(one);
        }
        expect(roster.size).toBe(model.size);
      }
      expect(roster.all()).toEqual([...model]);
    }),
  );
});

test('who has left leads to nobody', () => {
  const roster = new Roster<One>();
  const [first, second, third] = [new One(), new One(), new One()];
  for (const one of [first, second, third]) roster.add(one);
  roster.delete(second);
  expect([second.earlier, second.later]).toEqual([undefined, undefined]);
  expect([first.later === third, third.earlier === first]).toEqual([true, true]);
});
