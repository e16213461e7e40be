import assert from 'node:assert/strict';
import { turn } from '../../waiting/eventually.js';
import { collect } from '../collect.js';
import type { ConformanceCase } from '../conformance-case.js';
import { assertCounted, counted } from '../counted.js';
import { uploads } from '../needs.js';

/** How far the core lets an upload run ahead of its handler: in items, and in bytes. */
const WINDOW = 64;
const WINDOW_BYTES = 1_048_576;

/** More than anybody reads, and not so many that a medium without credit would never come to an end. */
const MANY = 20_000;

const items = (data: unknown) => data as AsyncIterable<unknown>;

async function* counting(count: number): AsyncGenerator<number> {
  for (let n = 0; n < count; n++) yield n;
}

/** Streams from the caller, and in both directions. */
export const uploadCases: readonly ConformanceCase[] = [
  {
    name: 'the items of an upload arrive in order: none, one, thousands, from an iterable or an Observable',
    promise: 'streams',
    needs: uploads,
    async run(world) {
      const arrived: unknown[][] = [];
      const { caller } = await world.pair((server) =>
        server.handle('take', async (data) => arrived.push(await collect(items(data)))),
      );
      for (const count of [0, 1, WINDOW, WINDOW + 1, 5_000]) {
        await caller.client.request('take', counting(count));
        assertCounted(arrived.pop() ?? [], count);
      }
      const observable = {
        subscribe(observer: { next(value: unknown): void; complete(): void }) {
          for (const n of counted(500)) observer.next(n);
          observer.complete();
          return { unsubscribe() {} };
        },
      };
      await caller.client.request('take', observable);
      assertCounted(arrived.pop() ?? [], 500);
    },
  },
  {
    name: 'the items of an upload are what they were, bytes and nothing included',
    promise: 'streams',
    needs: uploads,
    async run(world) {
      const all = [undefined, null, '', 0, [], {}, { a: [1, 'ü'] }, Uint8Array.of(0, 255), undefined];
      let arrived: unknown[] = [];
      const { caller } = await world.pair((server) =>
        server.handle('take', async (data) => void (arrived = await collect(items(data)))),
      );
      await caller.client.request(
        'take',
        (async function* () {
          yield* all;
        })(),
      );
      assert.deepEqual(arrived, all);
    },
  },
  {
    name: 'uploads at the same time are each in order, and hold up nobody else',
    promise: 'streams',
    needs: uploads,
    async run(world) {
      const { caller } = await world.pair((server) => {
        server.handle('take', async (data) => collect(items(data)));
        server.handle('echo', (data) => data);
      });
      const { client } = caller;
      const under = counted(20).map((who) =>
        client.request(
          'take',
          (async function* () {
            for await (const n of counting(300)) yield [who, n];
          })(),
        ),
      );
      for (const n of counted(20)) assert.equal(await client.request('echo', n), n);
      for (const [who, values] of (await Promise.all(under)).entries()) {
        assert.deepEqual(
          values,
          counted(300).map((n) => [who, n]),
        );
      }
    },
  },
  {
    name: 'a slow handler slows the source, which is never more than the window ahead, nor touched before',
    promise: 'streams',
    needs: uploads,
    async run(world) {
      let given = 0;
      let taken = 0;
      let lead = 0;
      const begin = Promise.withResolvers<void>();
      const { caller } = await world.pair((server) => {
        server.handle('take', async (data) => {
          await begin.promise;
          for await (const value of items(data)) {
            assert.equal(value, ++taken);
            if (taken % 50 === 0) for (const _ of counted(20)) await turn();
          }
          return taken;
        });
        server.handle('echo', (data) => data);
      });
      const source = async function* () {
        while (given < 2_000) {
          lead = Math.max(lead, ++given - taken);
          yield given;
        }
      };
      const answer = caller.client.request('take', source());
      assert.equal(await caller.client.request('echo', 1), 1);
      assert.equal(given, 0);
      begin.resolve();
      assert.equal(await answer, 2_000);
      // One that the handler has been given and has not looked at, one that the source has ready.
      assert.ok(lead <= WINDOW + 2, `the source was ${lead} items ahead`);
      assert.ok(lead >= WINDOW / 2, `the source was never more than ${lead} items ahead: nothing streams`);
    },
  },
  {
    name: 'an upload of large items is whole, and no more of it waits than the window has bytes',
    promise: 'streams',
    needs: uploads,
    async run(world) {
      const size = 200_000;
      let given = 0;
      let taken = 0;
      let lead = 0;
      const { caller } = await world.pair((server) =>
        server.handle('take', async (data) => {
          for await (const value of items(data)) {
            assert.equal(value, String.fromCharCode(97 + (taken % 26)).repeat(size + taken));
            taken++;
            if (taken % 5 === 0) for (const _ of counted(20)) await turn();
          }
        }),
      );
      await caller.client.request(
        'take',
        (async function* () {
          for (const n of counted(60)) {
            lead = Math.max(lead, ++given - taken);
            yield String.fromCharCode(97 + (n % 26)).repeat(size + n);
          }
        })(),
      );
      assert.equal(taken, 60);
      assert.ok(lead <= WINDOW_BYTES / size + 3, `${lead} items of ${size} bytes were ahead`);
    },
  },
  {
    name: 'a handler that leaves its loop stops the source, and may still answer',
    promise: 'streams',
    needs: uploads,
    async run(world) {
      let returned = 0;
      const { caller } = await world.pair((server) => {
        server.handle('some', async (data) => {
          let taken = 0;
          for await (const _ of items(data)) if (++taken === 100) break;
          await world.eventually(() => returned === 1);
          return taken;
        });
        server.handle('none', () => 'not read');
      });
      const endless = async function* () {
        try {
          yield* counted(MANY);
        } finally {
          returned++;
        }
      };
      assert.equal(await caller.client.request('some', endless()), 100);
      assert.equal(returned, 1);
      // One that is not begun has no `finally` to run.
      const left = { ...endlessly(), return: async () => ({ value: returned++, done: true as const }) };
      assert.equal(await caller.client.request('none', { [Symbol.asyncIterator]: () => left }), 'not read');
      await world.eventually(() => returned === 2);
    },
  },
  {
    name: 'both directions stream at once, whichever side is the slower one',
    promise: 'streams',
    needs: uploads,
    async run(world) {
      const { caller } = await world.pair((server) => {
        // More answers than items, and fewer.
        server.handle('more', async function* (data) {
          for await (const n of items(data)) for (const part of counted(3)) yield (n as number) * 3 + part;
        });
        server.handle('fewer', async function* (data) {
          for await (const n of items(data)) if ((n as number) % 10 === 0) yield (n as number) / 10;
        });
        server.handle('ping', () => 'pong');
      });
      const read = async (pattern: string, slow: boolean): Promise<unknown[]> => {
        const values: unknown[] = [];
        for await (const value of caller.client.stream(pattern, counting(1_000))) {
          values.push(value);
          if (slow && values.length % 40 === 0) await caller.client.request('ping');
        }
        return values;
      };
      for (const slow of [false, true]) {
        const [more, fewer] = await Promise.all([read('more', slow), read('fewer', slow)]);
        assertCounted(more, 3_000);
        assertCounted(fewer, 100);
      }
    },
  },
  {
    name: 'a conversation: each item is answered before the next one is thought of',
    promise: 'streams',
    needs: uploads,
    async run(world) {
      const { caller } = await world.pair((server) =>
        server.handle('count up', async function* (data) {
          for await (const n of items(data)) yield (n as number) + 1;
        }),
      );
      let heard = Promise.withResolvers<number>();
      const values: unknown[] = [];
      const talk = async function* () {
        yield 0;
        for (;;) {
          const value = await heard.promise;
          heard = Promise.withResolvers();
          if (value === 200) return;
          yield value;
        }
      };
      for await (const value of caller.client.stream('count up', talk())) {
        values.push((value as number) - 1);
        heard.resolve(value as number);
      }
      assertCounted(values, 200);
    },
  },
];

function endlessly(): AsyncIterator<number> {
  let n = 0;
  return { next: async () => ({ value: n++, done: false }) };
}
