import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as conditions from '../src/errors/conditions.js';
import { RemoteError } from '../src/errors/remote-error.js';
import { isRookeryError, RookeryError } from '../src/errors/rookery-error.js';
import { decodeFailure, encodeFailure, ERROR_CODES } from '../src/errors/wire.js';

const classes = Object.values(conditions);

function crossed(thrown: unknown, exposeStack = false, acceptStack = false): unknown {
  return decodeFailure(encodeFailure(thrown, exposeStack), acceptStack);
}

test('there is one class for each code', () => {
  expect([...ERROR_CODES].sort()).toEqual(classes.map((Condition) => new Condition('').code).sort());
  expect(new Set(ERROR_CODES).size).toBe(classes.length);
});

test.each(classes.map((Condition) => [Condition.name, Condition] as const))(
  '%s comes back as its class, with recourse and retryAfter',
  (name, Condition) => {
    expect(crossed(new Condition('plain'))).toEqual(new Condition('plain'));
    for (const recourse of ['terminal', 'retryable', 'unknown'] as const) {
      const back = crossed(new Condition('why', { recourse, retryAfter: 1_500, cause: new Error('inside') }));
      expect(back).toBeInstanceOf(Condition);
      expect(isRookeryError(back)).toBe(true);
      expect(back).toMatchObject({ name, message: 'why', recourse, retryAfter: 1_500 });
      expect((back as Error).cause).toBeUndefined();
    }
    expect((crossed(new Condition('now', { retryAfter: 0 })) as RookeryError).retryAfter).toBe(0);
    expect((crossed(new Condition('never')) as RookeryError).retryAfter).toBeUndefined();
  },
);

test('a thrown value that is no Error comes back as it is', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (payload) => {
      expect(crossed(payload)).toEqual(JSON.parse(JSON.stringify(payload)));
    }),
  );
  expect(crossed(undefined)).toBeUndefined();
  expect(crossed({ status: 'error', message: 'Forbidden' })).toEqual({
    status: 'error',
    message: 'Forbidden',
  });
});

test('a foreign Error comes back as RemoteError with name, message, code and status', () => {
  const { code: none } = crossed(new TypeError('x is no function')) as RemoteError;
  expect(none).toBe('HANDLER_ERROR');
  for (const code of ['ECONNREFUSED', 11_000]) {
    const back = crossed(Object.assign(new RangeError('no'), { code, status: 404 }));
    expect(back).toBeInstanceOf(RemoteError);
    expect(isRookeryError(back)).toBe(false);
    expect(back).toMatchObject({ name: 'RangeError', message: 'no', code, status: 404 });
  }
  const odd = Object.assign(new Error('odd'), { code: { not: 'text' }, status: '404' });
  expect(crossed(odd)).toMatchObject({ code: 'HANDLER_ERROR', status: undefined });
});

test.each([
  [true, true],
  [true, false],
  [false, true],
  [false, false],
])('sent: %s, accepted: %s; the stack of the other side is there only if both', (expose, accept) => {
  const thrown = new Error('inside');
  const back = crossed(thrown, expose, accept) as RemoteError;
  expect(back.remoteStack).toBe(expose && accept ? thrown.stack : undefined);
  expect(encodeFailure(thrown, expose).includes(import.meta.filename)).toBe(expose);
});

test('an error of a code that is not known here is a RemoteError with that code', () => {
  class FromTheFuture extends RookeryError {
    readonly code = 'FROM_THE_FUTURE';
  }
  const back = crossed(new FromTheFuture('not yet', 'retryable'));
  expect(back).toBeInstanceOf(RemoteError);
  expect(back).toMatchObject({ code: 'FROM_THE_FUTURE', message: 'not yet' });
});

test.each([
  ['', /not JSON/],
  ['{"k":', /not JSON/],
  ['null', /unknown kind/],
  ['7', /unknown kind/],
  ['"r"', /unknown kind/],
  ['[]', /unknown kind/],
  ['{"k":"x"}', /unknown kind/],
  ['{"k":"r","code":"NO_HANDLER"}', /unknown kind/],
  ['{"k":"r","code":{},"message":"m"}', /unknown kind/],
  ['{"k":"r","code":"NO_HANDLER","message":{"toString":1}}', /unknown kind/],
  ['{"k":"e","name":"Error"}', /unknown kind/],
  ['{"k":"e","message":"m","name":[]}', /unknown kind/],
])('%s is no failure, which is a ProtocolViolation', (text, message) => {
  const back = decodeFailure(text, true);
  expect(back).toBeInstanceOf(conditions.ProtocolViolation);
  expect((back as Error).message).toMatch(message);
});

test('fields of a wrong type are left out', () => {
  expect(
    decodeFailure('{"k":"r","code":"UNAVAILABLE","message":"m","recourse":"pray","retryAfter":"1"}', true),
  ).toEqual(new conditions.Unavailable('m'));
  expect(
    decodeFailure('{"k":"e","name":"E","message":"m","code":{},"status":"404","stack":7}', true),
  ).toMatchObject({
    name: 'E',
    message: 'm',
    code: 'HANDLER_ERROR',
    status: undefined,
    remoteStack: undefined,
  });
});

test('whatever comes from the wire, decoding does not throw and gives well-typed errors', () => {
  const part = fc.oneof(
    fc.jsonValue({ maxDepth: 1 }),
    fc.constantFrom<unknown>(...ERROR_CODES, 'terminal', { toString: 1, valueOf: 1 }),
  );
  const failure = fc.record(
    {
      k: fc.constantFrom('r', 'p', 'e', 'x'),
      code: part,
      name: part,
      message: part,
      recourse: part,
      retryAfter: part,
      status: part,
      stack: part,
      payload: part,
    },
    { requiredKeys: [] },
  );
  const text = fc.oneof(
    { weight: 3, arbitrary: failure.map((fields) => JSON.stringify(fields)) },
    fc.json(),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(text, fc.boolean(), (text, acceptStack) => {
      const back = decodeFailure(text, acceptStack);
      if (!(back instanceof Error)) return;
      expect([typeof back.name, typeof back.message]).toEqual(['string', 'string']);
      if (isRookeryError(back)) {
        expect(ERROR_CODES).toContain(back.code);
        expect(['terminal', 'retryable', 'unknown']).toContain(back.recourse);
        expect(['number', 'undefined']).toContain(typeof back.retryAfter);
      } else expect(['string', 'number']).toContain(typeof (back as RemoteError).code);
    }),
    { numRuns: 5_000 },
  );
});

test('whatever is thrown, encoding does not throw and gives what can be decoded', () => {
  const hostile = fc.constantFrom<unknown>(
    1n,
    Symbol('s'),
    () => 1,
    Object.assign(new Error('m'), { name: undefined }),
    Object.assign(new Error('m'), { message: { code: 1 } }),
    Object.assign(new Error('m'), { message: Object.create(null) as object }),
    Object.assign(new Error('m'), { name: Symbol('s'), stack: 5 }),
    {
      toJSON() {
        throw Object.create(null);
      },
    },
  );
  fc.assert(
    fc.property(fc.oneof(hostile, fc.anything({ withBigInt: true, withMap: true })), (thrown) => {
      const text = encodeFailure(thrown, true);
      expect(typeof text).toBe('string');
      const back = decodeFailure(text, true);
      expect(back).not.toBeInstanceOf(conditions.ProtocolViolation);
      if (thrown instanceof Error) expect(back).toBeInstanceOf(RemoteError);
    }),
    { numRuns: 2_000 },
  );
});

test('a value that cannot be encoded becomes an error that says so', () => {
  const back = crossed({ total: 1n });
  expect(back).toBeInstanceOf(RemoteError);
  expect((back as Error).message).toMatch(/the handler failed with a value that cannot be encoded: .*BigInt/);
});
