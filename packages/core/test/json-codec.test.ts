import { expect, test } from 'vitest';
import { jsonCodec } from '../src/codec/json.js';

const strict = jsonCodec({ strict: true });
const lax = jsonCodec({ strict: false });
const both = [
  ['strict', strict],
  ['lax', lax],
] as const;

test('undefined is no body, and null is one', () => {
  expect(strict.encode(undefined)).toBeUndefined();
  expect(strict.decode(undefined)).toBeUndefined();
  expect(strict.encode(null)).toBe('null');
  expect(strict.decode('null')).toBeNull();
});

test('bytes travel as bytes, and are copied', () => {
  const memory = new Uint8Array([9, 1, 2, 3, 9]);
  const view = memory.subarray(1, 4);
  const body = strict.encode(view) as Uint8Array;
  memory.fill(7);
  expect([...body]).toEqual([1, 2, 3]);
  expect(body.buffer.byteLength).toBe(3);
  expect(strict.decode(body)).toBe(body);
});

test('a Buffer is bytes, copied out of the pool that it shares', () => {
  const buffer = Buffer.from('héllo');
  const body = strict.encode(buffer) as Uint8Array;
  buffer.fill(0);
  expect(Buffer.from(body).toString()).toBe('héllo');
});

test('a loss is refused with path and advice only when strict', () => {
  const value = { user: { tags: new Set(['a']) } };
  expect(() => strict.encode(value)).toThrow(
    expect.objectContaining({
      code: 'NOT_ENCODABLE',
      recourse: 'terminal',
      message: '$.user.tags is a Set, which JSON cannot carry: send an array',
    }),
  );
  expect(lax.encode(value)).toBe('{"user":{"tags":{}}}');
});

test('what JSON.stringify itself refuses is NotEncodable without strict too, with the path', () => {
  const cycle: { self?: unknown } = {};
  cycle.self = [cycle];
  expect(() => lax.encode(cycle)).toThrow(
    expect.objectContaining({
      code: 'NOT_ENCODABLE',
      message: expect.stringContaining('$.self[0] is a reference to what contains it'),
    }),
  );
  expect(() => lax.encode({ a: 1n })).toThrow(
    expect.objectContaining({ code: 'NOT_ENCODABLE', message: expect.stringContaining('$.a is a BigInt') }),
  );
});

test.each(both)('a function or symbol as the whole body is NotEncodable (%s)', (_, codec) => {
  for (const value of [() => 1, Symbol('s')])
    expect(() => codec.encode(value)).toThrow(expect.objectContaining({ code: 'NOT_ENCODABLE' }));
});

test.each(both)('a value that throws when it is read is NotEncodable, with the cause (%s)', (_, codec) => {
  const cause = new Error('lazy loading is off');
  const getter = {
    get orders(): unknown {
      throw cause;
    },
  };
  const toJson = {
    toJSON() {
      throw cause;
    },
  };
  for (const value of [getter, { toJson }])
    expect(() => codec.encode(value)).toThrow(
      expect.objectContaining({
        code: 'NOT_ENCODABLE',
        message: expect.stringContaining('lazy loading is off'),
        cause,
      }),
    );
});

test.each(both)('a value deeper than the stack is encoded or NotEncodable, no crash (%s)', (_, codec) => {
  let deep: unknown = 1;
  for (let depth = 0; depth < 200_000; depth++) deep = [deep];
  let failure: unknown;
  try {
    codec.encode(deep);
  } catch (error) {
    failure = error;
  }
  expect(failure).toMatchObject({ code: 'NOT_ENCODABLE' });
});

test('what is no JSON is NotDecodable, with the parser’s words', () => {
  expect(() => strict.decode('{"a":')).toThrow(
    expect.objectContaining({
      code: 'NOT_DECODABLE',
      message: expect.stringMatching(/^the body is not JSON: .+/),
      cause: expect.any(SyntaxError),
    }),
  );
});
