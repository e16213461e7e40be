import assert from 'node:assert/strict';
import { isRookeryError } from '@rookery/core';
import { aborted } from '../../waiting/aborted.js';
import { pause } from '../../waiting/eventually.js';
import { rejection } from '../../waiting/rejection.js';
import type { ConformanceCase } from '../conformance-case.js';
import { assertCounted, counted } from '../counted.js';
import { uploads } from '../needs.js';
import type { Pair, World } from '../world.js';

/** More than anybody reads, and not so many that a medium without credit would never come to an end. */
const MANY = 20_000;

const codeOf = (error: unknown) => (isRookeryError(error) ? error.code : String(error));

/** A service whose handler reads an upload, and what it got and ended with. */
async function reader(world: World, options: Parameters<World['pair']>[1] = {}) {
  const seen = { items: [] as unknown[], ended: undefined as unknown, reading: 0 };
  const pair: Pair = await world.pair((server) => {
    server.handle('take', async (data) => {
      seen.reading++;
      try {
        for await (const item of data as AsyncIterable<unknown>) seen.items.push(item);
        seen.ended = 'end';
      } catch (error) {
        seen.ended = error;
        throw error;
      }
    });
  }, options);
  return { ...pair, seen };
}

/** Gives some items, then waits; counts how often it was left. */
function stalled(count: number) {
  const source = {
    returned: 0,
    asked: 0,
    [Symbol.asyncIterator](): AsyncIterator<number> {
      return {
        next: async () => {
          const value = source.asked++;
          return value < count ? { value, done: false } : new Promise(() => undefined);
        },
        return: async () => ({ value: source.returned++, done: true as const }),
      };
    },
  };
  return source;
}

/** How uploads end that do not come to their end. */
export const uploadEndCases: readonly ConformanceCase[] = [
  {
    name: 'a source that fails: its caller gets the error, its handler UploadFailed after the items before it',
    promise: 'streams',
    needs: uploads,
    async run(world) {
      const { caller, seen } = await reader(world);
      const own = new RangeError('out of paper');
      const pulled = async function* () {
        yield* counted(100);
        throw own;
      };
      const observed = {
        subscribe(observer: { next(value: unknown): void; error(error: unknown): void }) {
          for (const n of counted(100)) observer.next(n);
          observer.error(own);
          return { unsubscribe() {} };
        },
      };
      for (const source of [pulled(), observed]) {
        seen.items = [];
        seen.ended = undefined;
        assert.equal(await rejection(caller.client.request('take', source)), own);
        await world.eventually(() => seen.ended !== undefined);
        assert.equal(codeOf(seen.ended), 'UPLOAD_FAILED');
        assert.match(String(seen.ended), /out of paper/);
        assertCounted(seen.items, 100);
      }
    },
  },
  {
    name: 'an item that cannot be sent fails the upload, and says why',
    promise: 'streams',
    needs: uploads,
    async run(world) {
      const { caller, seen } = await reader(world);
      const large = 'x'.repeat(caller.transport.capabilities.maxBody);
      for (const [item, code] of [
        [new Map(), 'NOT_ENCODABLE'],
        [large, 'PAYLOAD_TOO_LARGE'],
      ] as const) {
        seen.items = [];
        seen.ended = undefined;
        const source = (async function* () {
          yield* counted(3);
          yield item;
        })();
        assert.equal(codeOf(await rejection(caller.client.request('take', source))), code);
        await world.eventually(() => seen.ended !== undefined);
        assert.equal(codeOf(seen.ended), 'UPLOAD_FAILED');
        assertCounted(seen.items, 3);
      }
    },
  },
  {
    name: 'an Observable that is too fast for its handler fails with StreamOverflow',
    promise: 'streams',
    needs: uploads,
    async run(world) {
      const { caller, seen } = await reader(world);
      let left = 0;
      const flood = {
        subscribe(observer: { next(value: unknown): void }) {
          for (const n of counted(10_000)) observer.next(n);
          return { unsubscribe: () => void left++ };
        },
      };
      assert.equal(codeOf(await rejection(caller.client.request('take', flood))), 'STREAM_OVERFLOW');
      await world.eventually(() => seen.ended !== undefined);
      assert.equal(codeOf(seen.ended), 'UPLOAD_FAILED');
      assert.equal(left, 1);
    },
  },
  {
    name: 'a caller that gives up its upload ends the handler’s loop, and its source once',
    promise: 'streams',
    needs: uploads,
    async run(world) {
      const { caller, seen } = await reader(world);
      const gone = new AbortController();
      const source = stalled(10);
      const failed = rejection(caller.client.request('take', source, { signal: gone.signal }));
      await world.eventually(() => seen.items.length === 10);
      gone.abort();
      assert.equal(codeOf(await failed), 'CANCELLED');
      await world.eventually(() => seen.ended !== undefined);
      assert.equal(codeOf(seen.ended), 'CANCELLED');
      assert.equal(source.returned, 1);
      // The reader of a reply that leaves gives up as well.
      const other = stalled(10);
      const unread = caller.client.stream('take', other);
      await world.eventually(() => seen.items.length === 20);
      await unread.return?.();
      await world.eventually(() => other.returned === 1);
    },
  },
  {
    name: 'a caller that is gone ends the handler’s loop with an error, never as if the upload were whole',
    promise: 'streams',
    needs: uploads,
    async run(world) {
      const { caller, seen } = await reader(world);
      const source = stalled(10);
      const failed = rejection(caller.client.request('take', source));
      await world.eventually(() => seen.items.length === 10);
      await (world.subject.kill?.(caller.transport) ?? caller.transport.close());
      await failed;
      await world.eventually(() => seen.ended !== undefined);
      assert.ok(['CONNECTION_LOST', 'CANCELLED'].includes(codeOf(seen.ended)), codeOf(seen.ended));
      assert.equal(source.returned, 1);
    },
  },
  {
    name: 'an upload whose service dies fails, and is not begun again',
    promise: 'streams',
    needs: uploads,
    async run(world) {
      const { caller, replica, seen } = await reader(world);
      const source = stalled(10);
      const failed = rejection(
        caller.client.request('take', source, { idempotent: true, timeout: 500, idleTimeout: 500 }),
      );
      await world.eventually(() => seen.items.length === 10);
      await world.kill(replica);
      const error = await failed;
      assert.ok(isRookeryError(error), String(error));
      assert.equal(error.recourse, 'unknown', error.message);
      assert.equal(source.returned, 1);
      assert.equal(source.asked, 11);
    },
  },
  {
    name: 'an upload that the service’s shutdown cuts off ends with an error on both sides',
    promise: 'shutdown',
    needs: uploads,
    async run(world) {
      const { caller, replica, seen } = await reader(world, { drainTimeout: 30 });
      const source = stalled(10);
      const failed = rejection(caller.client.request('take', source));
      await world.eventually(() => seen.items.length === 10);
      await replica.server.close();
      const error = await failed;
      assert.equal(codeOf(error), 'UNAVAILABLE');
      assert.equal(isRookeryError(error) && error.recourse, 'unknown');
      assert.equal(codeOf(seen.ended), 'CANCELLED');
      assert.equal(source.returned, 1);
    },
  },
  {
    name: 'an upload lasts longer than its timeouts while it goes on; then the deadline begins',
    promise: 'streams',
    needs: uploads,
    async run(world) {
      const { caller } = await world.pair((server) => {
        server.handle('hang', async (data, { signal, envelope }) => {
          const remaining: number[] = [];
          for await (const _ of data as AsyncIterable<unknown>) remaining.push(1);
          assert.equal(envelope.timeout !== undefined, true);
          await aborted(signal);
        });
      });
      const { client, clock } = caller;
      const limit = 250;
      let ended = 0;
      const slow = async function* () {
        // The source's own silence is nobody else's.
        for (const n of counted(5)) {
          await pause(limit * 0.6, clock);
          yield n;
        }
        await pause(limit * 1.5, clock);
        ended = clock.now();
      };
      const error = await rejection(client.request('hang', slow(), { timeout: limit, idleTimeout: limit }));
      assert.equal(codeOf(error), 'DEADLINE_EXCEEDED');
      assert.ok(ended > 0, 'it ended before its upload did');
      const took = clock.now() - ended;
      assert.ok(took >= limit - 5 && took < world.patience, `it took ${took} ms from the end of the upload`);
    },
  },
  {
    name: 'a handler that stops reading makes its caller wait no longer than the idle timeout',
    promise: 'streams',
    needs: uploads,
    async run(world) {
      let left = 0;
      const { caller } = await world.pair((server) =>
        server.handle('stop', async (data, { signal }) => {
          for await (const _ of data as AsyncIterable<unknown>) await aborted(signal);
        }),
      );
      const endless = async function* () {
        try {
          yield* counted(MANY);
        } finally {
          left++;
        }
      };
      const began = caller.clock.now();
      const limits = { timeout: world.patience, idleTimeout: 200 };
      const error = await rejection(caller.client.request('stop', endless(), limits));
      assert.equal(codeOf(error), 'DEADLINE_EXCEEDED');
      assert.ok(caller.clock.now() - began < world.patience);
      assert.equal(left, 1);
    },
  },
];
