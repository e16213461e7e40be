import assert from 'node:assert/strict';
import { rejection } from '../../waiting/rejection.js';
import { collect } from '../collect.js';
import type { ConformanceCase } from '../conformance-case.js';
import { assertCounted, counted } from '../counted.js';

/** More than anybody reads, and not so many that a medium without credit would never come to an end. */
const MANY = 20_000;

async function* counting(count: number): AsyncGenerator<number> {
  for (let n = 0; n < count; n++) yield n;
}

export const streamCases: readonly ConformanceCase[] = [
  {
    name: 'thousands of values arrive in order, pulled or observed',
    promise: 'streams',
    async run(world) {
      const { caller } = await world.pair((server) =>
        server.handle('count', (data) => counting(data as number)),
      );
      assertCounted(await collect(caller.client.stream('count', 5_000)), 5_000);
      const observed: unknown[] = [];
      await new Promise<void>((complete, error) => {
        caller.client.observe('count', 5_000, {}, { next: (v) => observed.push(v), complete, error });
      });
      assertCounted(observed, 5_000);
    },
  },
  {
    name: 'replies of no value, one and many are told apart, whatever the values are',
    promise: 'streams',
    async run(world) {
      const replies = [[], [1], [undefined], [null], [undefined, null, '', 0], [[], {}], ['a', 'a', 'a']];
      const { caller } = await world.pair((server) => {
        server.handle('many', async function* (index) {
          yield* replies[index as number] ?? [];
        });
      });
      for (const [index, reply] of replies.entries()) {
        assert.deepEqual(await collect(caller.client.stream('many', index)), reply);
        assert.deepEqual(await caller.client.request('many', index), reply[0]);
      }
    },
  },
  {
    name: 'twenty streams at once are each in order',
    promise: 'streams',
    async run(world) {
      const { caller } = await world.pair((server) =>
        server.handle('count', async function* (who) {
          for await (const n of counting(300)) yield [who, n];
        }),
      );
      const streams = counted(20).map((who) => collect(caller.client.stream('count', who)));
      for (const [who, values] of (await Promise.all(streams)).entries()) {
        assert.deepEqual(
          values,
          counted(300).map((n) => [who, n]),
        );
      }
    },
  },
  {
    name: 'a stream of large values is whole',
    promise: 'streams',
    async run(world) {
      const { caller } = await world.pair((server) =>
        server.handle('large', async function* () {
          for (const n of counted(100)) yield String.fromCharCode(97 + (n % 26)).repeat(80_000 + n);
        }),
      );
      const values = (await collect(caller.client.stream('large'))) as string[];
      assert.deepEqual(
        values.map((value) => [value[0], value.at(-1), value.length]),
        counted(100).map((n) => {
          const letter = String.fromCharCode(97 + (n % 26));
          return [letter, letter, 80_000 + n];
        }),
      );
    },
  },
  {
    name: 'an error after some values comes after them',
    promise: 'streams',
    async run(world) {
      const { caller } = await world.pair((server) =>
        server.handle('fail', async function* (after) {
          yield* counting(after as number);
          throw new RangeError('enough');
        }),
      );
      for (const after of [0, 1, 63, 64, 65, 500]) {
        const values: unknown[] = [];
        const error = await rejection(
          (async () => {
            for await (const value of caller.client.stream('fail', after)) values.push(value);
          })(),
        );
        assert.equal((error as Error).message, 'enough');
        assertCounted(values, after);
      }
    },
  },
  {
    name: 'a reader that leaves runs the generator’s finally, wherever the generator is',
    promise: 'streams',
    async run(world) {
      let open = 0;
      const { caller } = await world.pair((server) =>
        server.handle('count', async function* () {
          open++;
          try {
            yield* counting(MANY);
          } finally {
            open--;
          }
        }),
      );
      // At its first value, within the first window, and after several.
      for (const values of [1, 10, 500]) {
        let taken = 0;
        for await (const value of caller.client.stream('count')) {
          assert.equal(value, taken);
          if (++taken === values) break;
        }
        await world.eventually(() => open === 0);
      }
      // Waiting for credit, because nobody reads.
      const unread = caller.client.stream('count');
      await world.eventually(() => open === 1);
      await unread.return?.();
      await world.eventually(() => open === 0);
      // The answer is the first value; nobody wants the others.
      assert.equal(await caller.client.request('count'), 0);
      await world.eventually(() => open === 0);
    },
  },
  {
    name: 'an Observable gives its values in order, and is left by a reader that leaves',
    promise: 'streams',
    async run(world) {
      let subscribed = 0;
      const { caller } = await world.pair((server) => {
        server.handle('some', () => ({
          subscribe: (observer: Observer) => {
            for (const n of counted(200)) observer.next(n);
            observer.complete();
            return { unsubscribe() {} };
          },
        }));
        server.handle('endless', () => ({
          subscribe: (observer: Observer) => {
            subscribed++;
            observer.next('first');
            return { unsubscribe: () => void subscribed-- };
          },
        }));
      });
      assertCounted(await collect(caller.client.stream('some')), 200);
      for await (const value of caller.client.stream('endless')) {
        assert.equal(value, 'first');
        break;
      }
      await world.eventually(() => subscribed === 0);
    },
  },
];

interface Observer {
  next(value: unknown): void;
  complete(): void;
}
