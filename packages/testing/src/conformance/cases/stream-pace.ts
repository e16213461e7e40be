import assert from 'node:assert/strict';
import { aborted } from '../../waiting/aborted.js';
import { rejection } from '../../waiting/rejection.js';
import type { ConformanceCase } from '../conformance-case.js';
import { assertCounted, counted } from '../counted.js';

/** How far the core's client lets a stream run ahead of its reader. */
const WINDOW = 64;

/** Streams whose two sides are not equally fast. */
export const streamPaceCases: readonly ConformanceCase[] = [
  {
    name: 'a slow reader slows the producer, which is never more than the window ahead',
    promise: 'streams',
    async run(world) {
      let produced = 0;
      let taken = 0;
      let lead = 0;
      const { caller } = await world.pair((server) => {
        server.handle('ping', () => 'pong');
        server.handle('count', async function* () {
          while (produced < 2_000) {
            lead = Math.max(lead, ++produced - taken);
            yield produced;
          }
        });
      });
      for await (const value of caller.client.stream('count')) {
        // The value that the reader has been given, and has not looked at yet, is one more than it took.
        assert.equal(value, ++taken);
        if (taken % 50 === 0) await caller.client.request('ping');
      }
      assert.equal(taken, 2_000);
      assert.ok(lead <= WINDOW + 1, `the producer was ${lead} values ahead`);
      assert.ok(lead >= WINDOW / 2, `the producer was never more than ${lead} values ahead: nothing streams`);
    },
  },
  {
    name: 'a reader that stops holds up nobody else',
    promise: 'streams',
    async run(world) {
      let produced = 0;
      const { caller } = await world.pair((server) => {
        server.handle('echo', (data) => data);
        server.handle('large', async function* () {
          while (produced < 1_000) {
            produced++;
            yield 'x'.repeat(20_000);
          }
        });
      });
      const stalled = caller.client.stream('large');
      await world.eventually(() => produced >= WINDOW);
      for (const n of counted(100)) assert.equal(await caller.client.request('echo', n), n);
      assert.equal(produced, WINDOW);
      await stalled.return?.();
    },
  },
  {
    name: 'an Observable that is too fast for its reader ends with StreamOverflow, after what there was room for',
    promise: 'streams',
    async run(world) {
      let left = false;
      const { caller } = await world.pair(
        (server) =>
          server.handle('flood', () => ({
            subscribe(observer: { next(value: unknown): void }) {
              for (const n of counted(10_000)) observer.next(n);
              return { unsubscribe: () => void (left = true) };
            },
          })),
        { streamBuffer: 100 },
      );
      const values: unknown[] = [];
      const error = await rejection(
        (async () => {
          for await (const value of caller.client.stream('flood')) values.push(value);
        })(),
      );
      assert.equal((error as { code?: string }).code, 'STREAM_OVERFLOW');
      assertCounted(values, values.length);
      assert.ok(values.length >= WINDOW && values.length <= WINDOW + 100, `${values.length} values`);
      assert.ok(left, 'nobody unsubscribed');
    },
  },
  {
    name: 'the deadline of a stream runs to its first value, and then an idle timeout from value to value',
    promise: 'streams',
    async run(world) {
      let open = 0;
      const { caller } = await world.pair((server) => {
        server.handle('silent', async function* (count, { signal }) {
          open++;
          try {
            yield* counted(count as number);
            await aborted(signal);
          } finally {
            open--;
          }
        });
      });
      for (const [count, options] of [
        [0, { timeout: 60, idleTimeout: world.patience }],
        [3, { timeout: world.patience, idleTimeout: 60 }],
      ] as const) {
        const values: unknown[] = [];
        const began = caller.clock.now();
        const error = await rejection(
          (async () => {
            for await (const value of caller.client.stream('silent', count, options)) values.push(value);
          })(),
        );
        assert.equal((error as { code?: string }).code, 'DEADLINE_EXCEEDED');
        assertCounted(values, count);
        const took = caller.clock.now() - began;
        assert.ok(took >= 60 && took < world.patience, `it took ${took} ms`);
      }
      await world.eventually(() => open === 0);
    },
  },
  {
    name: 'a reader may take its time: a stream lasts longer than its timeouts while it is not read',
    promise: 'streams',
    async run(world) {
      const { caller } = await world.pair((server) =>
        server.handle('count', async function* () {
          yield* counted(300);
        }),
      );
      const { client, clock } = caller;
      const values: unknown[] = [];
      const timeout = world.patience / 10;
      for await (const value of client.stream('count', 1, { timeout, idleTimeout: timeout })) {
        if (values.push(value) !== 150) continue;
        const stopped = clock.now();
        await world.eventually(() => clock.now() - stopped >= timeout * 1.5);
      }
      assertCounted(values, 300);
    },
  },
];
