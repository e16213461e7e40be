import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Baggage } from '../src/context/baggage.js';

test('what came is read, decoded, and passed on as it came while nobody changes it', () => {
  const header = 'user=Am%C3%A9lie ,  plan = gold;ttl=3;priv , broken, =x, bad=%zz';
  const baggage = new Baggage(header);
  expect([...baggage]).toEqual([
    ['user', 'Amélie'],
    ['plan', 'gold'],
  ]);
  expect(baggage.get('plan')).toBe('gold');
  expect(baggage.get('broken')).toBeUndefined();
  expect(baggage.size).toBe(2);
  expect(baggage.header).toBe(header);
});

test('a change is written, with the properties of what was not changed', () => {
  const baggage = new Baggage('plan=gold;ttl=3,user=ada');
  baggage.set('user', 'Ada, the 1st').set('new', '');
  expect(baggage.header).toBe('plan=gold;ttl=3,user=Ada%2C%20the%201st,new=');
  expect(baggage.delete('plan')).toBe(true);
  expect(baggage.delete('plan')).toBe(false);
  expect(baggage.header).toBe('user=Ada%2C%20the%201st,new=');
  baggage.delete('user');
  baggage.delete('new');
  expect(baggage.header).toBeUndefined();
});

test('any text survives the way', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (value) => {
      expect(new Baggage(new Baggage().set('k', value).header).get('k')).toBe(value.toWellFormed());
    }),
  );
});

test('what others would not pass on is refused, and nothing is changed by it', () => {
  const baggage = new Baggage('a=1');
  expect(() => baggage.set('with space', 'x')).toThrow("'with space' cannot be a name in baggage");
  expect(() => baggage.set('a', 'x'.repeat(8_192))).toThrow('others pass on at most 64 and 8192');
  expect(baggage.header).toBe('a=1');
  expect(baggage.get('a')).toBe('1');
  for (let count = 1; count < 64; count++) baggage.set(`k${count}`, 'v');
  expect(() => baggage.set('one-too-many', 'v')).toThrow(expect.objectContaining({ code: 'CONFIGURATION' }));
  expect(baggage.size).toBe(64);
});
