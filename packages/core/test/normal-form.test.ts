import 'reflect-metadata'; // Nest's files need it
import { transformPatternToRoute } from '@nestjs/microservices/utils/transform-pattern.utils.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalPattern, type Pattern } from '../src/pattern/normal-form.js';

const key = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom('cmd', 'a"b', 'c\\d', '10', 'é', 'É'),
);
const leaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom<unknown>('"', '\\', '\\"', 'ünïcödé', ''),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom(null, undefined),
);

/** Objects and arrays at most `depth` below the outermost. */
function nested(depth: number): fc.Arbitrary<object> {
  const part = depth === 0 ? leaf : fc.oneof({ weight: 2, arbitrary: leaf }, nested(depth - 1));
  return fc.oneof(
    fc.array(fc.tuple(key, part), { maxLength: 20 }).map((entries) => Object.fromEntries(entries)),
    fc.array(part, { maxLength: 4 }),
  );
}

const within = nested(5);
const text = fc.string().filter((pattern) => !pattern.startsWith('{')); // JSON text is an object pattern, see below

test('text, numbers and objects within the limits have the form that Nest gives them', () => {
  fc.assert(
    fc.property(fc.oneof(text, fc.double(), within), (pattern) => {
      expect(normalPattern(pattern)).toBe(transformPatternToRoute(pattern as never));
    }),
    { numRuns: 1_000 },
  );
});

test('the order of the keys does not matter', () => {
  const shuffled = fc
    .uniqueArray(fc.tuple(fc.string(), fc.integer()), { selector: ([name]) => name, maxLength: 20 })
    .chain((entries) =>
      fc.tuple(
        fc.constant(entries),
        fc.shuffledSubarray(entries, { minLength: entries.length, maxLength: entries.length }),
      ),
    );
  fc.assert(
    fc.property(shuffled, ([entries, others]) => {
      expect(normalPattern(Object.fromEntries(others))).toBe(normalPattern(Object.fromEntries(entries)));
    }),
  );
});

test('a normal form is its own normal form', () => {
  fc.assert(
    fc.property(within, (pattern) => {
      const normal = normalPattern(pattern);
      expect(normalPattern(normal)).toBe(normal);
    }),
    { numRuns: 1_000 },
  );
});

test.each<[Pattern, string]>([
  ['users.created', 'users.created'],
  [42, '42'],
  [{ cmd: 'sum' }, '{"cmd":"sum"}'],
  [{ b: 1, a: { d: true, c: null } }, '{"a":{"c":null,"d":true},"b":1}'],
  [['a', 'b'], '{"0":"a","1":"b"}'],
  [{}, '{}'],
  ['{ "cmd": "sum", "at": 1 }', '{"at":1,"cmd":"sum"}'],
  ['{cmd}', '{cmd}'],
])('the normal form of %j is %s', (pattern, normal) => {
  expect(normalPattern(pattern)).toBe(normal);
});

function tower(objects: number): object {
  let pattern: object = { cmd: 'deep' };
  for (let made = 1; made < objects; made++) pattern = { in: pattern };
  return pattern;
}

function wide(keys: number): object {
  return Object.fromEntries(Array.from({ length: keys }, (_, index) => [`k${index}`, index]));
}

test('the limits are those of Nest, and beyond them it is an error, not a placeholder', () => {
  expect(normalPattern(tower(6))).toBe(transformPatternToRoute(tower(6) as never));
  expect(normalPattern(wide(20))).toBe(transformPatternToRoute(wide(20) as never));
  expect(transformPatternToRoute(tower(7) as never)).toContain('[MAX_DEPTH_REACHED]');
  expect(transformPatternToRoute(wide(21) as never)).toBe('[TOO_MANY_KEYS]');
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  for (const [pattern, message] of [
    [tower(7), /nests at most 5 objects deep/],
    [JSON.stringify(tower(7)), /nests at most 5 objects deep/],
    [cycle, /nests at most 5 objects deep/],
    [wide(21), /at most 20 keys/],
    [{ in: wide(21) }, /at most 20 keys/],
  ] as const)
    expect(() => normalPattern(pattern)).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION', message: expect.stringMatching(message) }),
    );
});

test.each([undefined, null, true, Symbol('s'), 1n, () => 1])('%s is no pattern', (pattern) => {
  expect(() => normalPattern(pattern)).toThrow(
    expect.objectContaining({
      code: 'CONFIGURATION',
      message: `a pattern is text, a number or an object, not ${String(pattern)}`,
    }),
  );
});
