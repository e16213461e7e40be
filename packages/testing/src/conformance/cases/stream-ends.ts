import assert from 'node:assert/strict';
import { isRookeryError } from '@rookery/core';
import { aborted } from '../../waiting/aborted.js';
import { rejection } from '../../waiting/rejection.js';
import type { ConformanceCase } from '../conformance-case.js';
import { assertCounted, counted } from '../counted.js';
import { uploads } from '../needs.js';

/** More than anybody reads, and not so many that a medium without credit would never come to an end. */
const MANY = 20_000;

const codeOf = (error: unknown) => (isRookeryError(error) ? error.code : String(error));

/** Reads until it fails; gives the values before that, and why. */
async function readUntilCut(stream: AsyncIterable<unknown>): Promise<{ values: unknown[]; error: unknown }> {
  const values: unknown[] = [];
  const error = await rejection(
    (async () => {
      for await (const value of stream) values.push(value);
    })(),
  );
  return { values, error };
}

/** Streams that end before their end: never as if they were whole, and never begun again. */
export const streamEndCases: readonly ConformanceCase[] = [
  {
    name: 'a stream that the service’s shutdown cuts off ends with an error, even if its handler then returns',
    promise: 'shutdown',
    async run(world) {
      const { caller, replica } = await world.pair(
        (server) => {
          server.handle('obedient', async function* (_, { signal }) {
            yield* counted(10);
            await aborted(signal);
          });
        },
        { drainTimeout: 30 },
      );
      const cut = readUntilCut(caller.client.stream('obedient'));
      await world.eventually(() => replica.server.inFlight === 1);
      await replica.server.close();
      const { values, error } = await cut;
      assertCounted(values, values.length);
      assert.equal(codeOf(error), 'UNAVAILABLE');
      assert.equal(isRookeryError(error) && error.recourse, 'unknown');
    },
  },
  {
    name: 'a stream whose service dies ends with an error, and is not begun again by whoever takes its place',
    promise: 'streams',
    async run(world) {
      const service = world.service('mortal');
      const gone = new AbortController();
      let begun = 0;
      const start = async (name?: string) => {
        const replica = world.replica(service, name === undefined ? {} : { name });
        replica.server.handle('count', async function* () {
          begun++;
          yield* counted(10);
          await aborted(gone.signal);
        });
        await replica.server.start();
        return replica;
      };
      const first = await start();
      const { client } = world.caller({ to: service, timeout: 1_000, idleTimeout: 1_000 });
      const values: unknown[] = [];
      const cut = rejection(
        (async () => {
          // Declared idempotent, a request would be tried again; what has begun to answer is not.
          for await (const value of client.stream('count', 1, { idempotent: true })) values.push(value);
        })(),
      );
      try {
        await world.eventually(() => values.length === 10);
        await world.kill(first);
        await start(first.name);
        const error = await cut;
        assert.ok(isRookeryError(error), String(error));
        assert.equal(error.recourse, 'unknown', error.message);
        assertCounted(values, 10);
        assert.equal(begun, 1);
      } finally {
        gone.abort();
      }
    },
  },
  {
    name: 'a reader that takes nothing for the service’s streamIdleTimeout holds its stream no longer',
    promise: 'streams',
    async run(world) {
      let open = 0;
      const { caller } = await world.pair(
        (server) =>
          server.handle('count', async function* () {
            open++;
            try {
              yield* counted(MANY);
            } finally {
              open--;
            }
          }),
        { streamIdleTimeout: 250 },
      );
      const stream = caller.client.stream('count');
      assert.deepEqual(await stream.next(), { value: 0, done: false });
      await world.eventually(() => open === 1);
      await world.eventually(() => open === 0);
      const { values, error } = await readUntilCut(stream);
      assertCounted([0, ...values], values.length + 1);
      assert.equal(codeOf(error), 'DEADLINE_EXCEEDED');
    },
  },
  {
    name: 'an upload that is read and gives nothing for the service’s streamIdleTimeout ends its handler’s loop',
    promise: 'streams',
    needs: uploads,
    async run(world) {
      let ended: unknown;
      const { caller } = await world.pair(
        (server) =>
          server.handle('take', async (data) => {
            let taken = 0;
            try {
              for await (const _ of data as AsyncIterable<unknown>) taken++;
            } catch (error) {
              ended = error;
            }
            return taken;
          }),
        { streamIdleTimeout: 250 },
      );
      let left = 0;
      const silent = async function* () {
        try {
          yield* counted(10);
          await world.eventually(() => ended !== undefined);
          yield 10;
        } finally {
          left++;
        }
      };
      assert.equal(await caller.client.request('take', silent()), 10);
      assert.equal(codeOf(ended), 'DEADLINE_EXCEEDED');
      await world.eventually(() => left === 1);
    },
  },
];
