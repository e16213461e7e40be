import assert from 'node:assert/strict';
import * as core from '@rookery/core';
import { rejection } from '../../waiting/rejection.js';
import type { ConformanceCase } from '../conformance-case.js';

type Condition = new (message: string, options?: core.RookeryErrorOptions) => core.RookeryError;

/** Every error class that the core exports. */
const CONDITIONS = Object.values<unknown>(core).filter(
  (value): value is Condition => typeof value === 'function' && value.prototype instanceof core.RookeryError,
);

const PAYLOADS = [
  'just text',
  '',
  42,
  null,
  undefined,
  ['a', 1],
  { status: 'error', message: 'Forbidden resource' },
  { nested: { code: 7, list: [1, null] } },
];

class TypedError extends Error {
  override readonly name = 'TypedError';
  readonly code: string | number;
  readonly status?: number;

  constructor(message: string, code: string | number, status?: number) {
    super(message);
    this.code = code;
    if (status !== undefined) this.status = status;
  }
}

export const errorCases: readonly ConformanceCase[] = [
  {
    name: 'an error of Rookery’s comes back as the same class',
    promise: 'answer',
    async run(world) {
      const thrown = CONDITIONS.flatMap((Condition) => [
        new Condition(`about ${Condition.name}`),
        new Condition('retry this', { recourse: 'retryable', retryAfter: 1_500 }),
      ]);
      assert.equal(thrown.length, core.ERROR_CODES.length * 2);
      const { caller } = await world.pair((server) =>
        server.handle('fail', (index) => {
          throw thrown[index as number] as Error;
        }),
      );
      for (const [index, original] of thrown.entries()) {
        const caught = await rejection(caller.client.request('fail', index));
        assert.ok(core.isRookeryError(caught), `not an error of Rookery’s: ${String(caught)}`);
        const { name, code, message, recourse, retryAfter } = original;
        assert.deepEqual(
          { ...{ name: caught.name, code: caught.code, message: caught.message }, ...recourseOf(caught) },
          { name, code, message, recourse, retryAfter },
        );
        assert.ok(
          Object.getPrototypeOf(caught) === Object.getPrototypeOf(original),
          `of another class: ${name}`,
        );
      }
    },
  },
  {
    name: 'a thrown value that is no Error comes back as it is',
    promise: 'answer',
    async run(world) {
      const { caller } = await world.pair((server) => {
        server.handle('throw', (index) => {
          // eslint-disable-next-line @typescript-eslint/only-throw-error -- what Nest's filters do
          throw PAYLOADS[index as number];
        });
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as above
        server.handle('reject', (index) => Promise.reject(PAYLOADS[index as number]));
      });
      for (const [index, payload] of PAYLOADS.entries()) {
        assert.deepEqual(await rejection(caller.client.request('throw', index)), payload);
        assert.deepEqual(await rejection(caller.client.request('reject', index)), payload);
      }
    },
  },
  {
    name: 'any other Error comes back with its name, message, code and status',
    promise: 'answer',
    async run(world) {
      const { caller } = await world.pair((server) => {
        server.handle('plain', () => Promise.reject(new RangeError('too far: ∞')));
        server.handle('typed', () => Promise.reject(new TypedError('not yours', 'E_OWNER', 403)));
        server.handle('number', () => Promise.reject(new TypedError('fourteen', 14)));
      });
      const caught = async (pattern: string) => {
        const error = await rejection(caller.client.request(pattern));
        assert.ok(error instanceof core.RemoteError, `no RemoteError: ${String(error)}`);
        return { name: error.name, message: error.message, code: error.code, status: error.status };
      };
      assert.deepEqual(await caught('plain'), {
        ...{ name: 'RangeError', message: 'too far: ∞' },
        ...{ code: 'HANDLER_ERROR', status: undefined },
      });
      assert.deepEqual(await caught('typed'), {
        ...{ name: 'TypedError', message: 'not yours', code: 'E_OWNER', status: 403 },
      });
      assert.equal((await caught('number')).code, 14);
    },
  },
  {
    name: 'a stack crosses only where both sides allow it',
    promise: 'answer',
    async run(world) {
      for (const exposeStack of [false, true]) {
        for (const acceptStack of [false, true]) {
          const fail = () => Promise.reject(new Error('with a stack'));
          const options = { exposeStack, acceptStack };
          const { caller } = await world.pair((server) => server.handle('fail', fail), options);
          const error = (await rejection(caller.client.request('fail'))) as core.RemoteError;
          const both = exposeStack && acceptStack;
          assert.equal(error.remoteStack?.includes('with a stack') ?? false, both, JSON.stringify(options));
        }
      }
    },
  },
  {
    name: 'a handler that fails with what cannot be encoded still answers',
    promise: 'answer',
    async run(world) {
      const circle: { self?: unknown } = {};
      circle.self = circle;
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- that is the point
      const { caller } = await world.pair((server) => server.handle('fail', () => Promise.reject(circle)));
      const error = await rejection(caller.client.request('fail'));
      assert.ok(error instanceof core.RemoteError);
      assert.match(error.message, /cannot be encoded/);
    },
  },
];

function recourseOf({ recourse, retryAfter }: core.RookeryError) {
  return { recourse, retryAfter };
}
