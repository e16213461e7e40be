import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonCodec } from '../src/codec/json.js';
import { findLoss } from '../src/codec/loss.js';

const strict = jsonCodec({ strict: true });
const lax = jsonCodec({ strict: false });

class Point {
  readonly x: unknown;
  constructor(x: unknown) {
    this.x = x;
  }
}

/** Values of every kind that JavaScript has, nested in each other. */
const anything = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    { weight: 3, arbitrary: fc.oneof(fc.jsonValue(), fc.constantFrom<unknown>(undefined, -0, '\udc00')) },
    fc.date(),
    fc.anything({ withBigInt: true, withBoxedValues: true, withDate: true, withMap: true, withSet: true }),
    fc.anything({ withNullPrototype: true, withSparseArray: true, withTypedArray: true }),
    fc.constantFrom<unknown>(NaN, Infinity, Symbol('s'), () => 1, /x/, new Error('e'), new WeakMap()),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: 'binary' }), tie('any'), { maxKeys: 4 }),
    tie('any').map((x) => new Point(x)),
    tie('any').map((x) => ({ toJSON: () => x })),
    tie('any').map((x) => Object.assign([1], { extra: x })),
    tie('any').map((x) => ({ [Symbol('hidden')]: x, shown: x })),
  ),
})).any;

/** The exceptions that `findLoss` documents, applied: what arrives of a value of which nothing is lost. */
function arrives(value: unknown, asked = false): unknown {
  if (Object.is(value, -0)) return 0;
  if (typeof value !== 'object' || value === null) return value;
  if (!asked && 'toJSON' in value) {
    const { toJSON } = value;
    if (typeof toJSON === 'function') return arrives(Reflect.apply(toJSON, value, []), true);
  }
  if (Array.isArray(value)) return value.map((item) => arrives(item));
  const parts = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(parts.map(([key, part]) => [key, arrives(part)]));
}

test('what is without loss arrives as it was, and the rest is refused with its path', () => {
  let whole = 0;
  fc.assert(
    fc.property(anything, (value) => {
      if (value instanceof Uint8Array) return;
      const loss = findLoss(value);
      if (loss) {
        expect(() => strict.encode(value)).toThrow(`${loss.path} is ${loss.found}`);
        return;
      }
      whole++;
      const arrived = strict.decode(strict.encode(value));
      expect(isDeepStrictEqual(arrived, arrives(value))).toBe(true);
      expect(lax.encode(value)).toBe(strict.encode(value));
    }),
    { numRuns: 3_000 },
  );
  expect(whole).toBeGreaterThan(300);
});

test('JSON itself is never a loss', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(findLoss(value)).toBeUndefined();
      expect(strict.decode(strict.encode(value))).toEqual(arrives(value));
    }),
    { numRuns: 1_000 },
  );
});

test('whatever cannot be encoded fails as NotEncodable, strict or not', () => {
  fc.assert(
    fc.property(anything, (value) => {
      for (const codec of [strict, lax]) {
        try {
          codec.encode(value);
        } catch (error) {
          expect(error).toMatchObject({ code: 'NOT_ENCODABLE' });
        }
      }
    }),
    { numRuns: 1_000 },
  );
});

test('arbitrary text decodes, or fails as NotDecodable', () => {
  const json = fc.json().chain((text) =>
    fc.tuple(fc.nat(text.length), fc.nat(3), fc.string({ maxLength: 3 })).map(
      // a piece replaced, so that it is nearly JSON
      ([at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut),
    ),
  );
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), json), (text) => {
      try {
        strict.decode(text);
      } catch (error) {
        expect(error).toMatchObject({ code: 'NOT_DECODABLE' });
      }
    }),
    { numRuns: 3_000 },
  );
});
