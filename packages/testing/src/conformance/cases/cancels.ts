import assert from 'node:assert/strict';
import { isRookeryError } from '@rookery/core';
import { aborted } from '../../waiting/aborted.js';
import { rejection } from '../../waiting/rejection.js';
import type { ConformanceCase } from '../conformance-case.js';

function assertCancelled(error: unknown): void {
  assert.ok(isRookeryError(error), `not an error of Rookery’s: ${String(error)}`);
  assert.equal(error.code, 'CANCELLED');
}

export const cancelCases: readonly ConformanceCase[] = [
  {
    name: 'a caller that gives up ends its call at once, and the handler is told',
    promise: 'answer',
    async run(world) {
      const began = Promise.withResolvers<void>();
      const told = Promise.withResolvers<void>();
      const { caller } = await world.pair((server) =>
        server.handle('hang', async (_, { signal }) => {
          began.resolve();
          await aborted(signal);
          told.resolve();
        }),
      );
      const giveUp = new AbortController();
      const call = caller.client.request('hang', 1, { signal: giveUp.signal });
      const error = rejection(call);
      await began.promise;
      const why = new Error('changed my mind');
      giveUp.abort(why);
      assertCancelled(await error);
      assert.equal(((await error) as Error).cause, why);
      await told.promise;
    },
  },
  {
    name: 'a cancel reaches the very replica that works, and no other call',
    promise: 'answer',
    async run(world) {
      const service = world.service('cancelled');
      const working = new Map<number, AbortSignal>();
      for (const { server } of [world.replica(service), world.replica(service)]) {
        server.handle('hang', async (data, { signal }) => {
          working.set(data as number, signal);
          await aborted(signal);
        });
        await server.start();
      }
      const { client } = world.caller({ to: service });
      const calls = Array.from({ length: 20 }, (_, index) => {
        const giveUp = new AbortController();
        return { giveUp, error: rejection(client.request('hang', index, { signal: giveUp.signal })) };
      });
      await world.eventually(() => working.size === calls.length);
      for (const [index, { giveUp, error }] of calls.entries()) {
        giveUp.abort();
        assertCancelled(await error);
        await world.eventually(() => working.get(index)?.aborted ?? false);
        const others = [...working].filter(([other, signal]) => other > index && signal.aborted);
        assert.deepEqual(others, [], `cancelling ${index} cancelled others`);
      }
    },
  },
  {
    name: 'a cancel goes on to what the handler had called',
    promise: 'answer',
    async run(world) {
      const began = Promise.withResolvers<void>();
      const told = Promise.withResolvers<void>();
      const inner = await world.pair((server) =>
        server.handle('hang', async (_, { signal }) => {
          began.resolve();
          await aborted(signal);
          told.resolve();
        }),
      );
      const outer = await world.pair(
        (server, { client }) => server.handle('outer', () => client.request('hang')),
        { to: inner.service },
      );
      const giveUp = new AbortController();
      const error = rejection(outer.caller.client.request('outer', 1, { signal: giveUp.signal }));
      await began.promise;
      giveUp.abort();
      assertCancelled(await error);
      await told.promise;
      assert.equal(outer.replica.client.pending, 0);
    },
  },
  {
    name: 'a handler whose caller has given up calls nobody else',
    promise: 'answer',
    async run(world) {
      let called = 0;
      const inner = await world.pair((server) => {
        server.handle('count', () => ++called);
        server.handle('echo', (data) => data);
      });
      const refused = Promise.withResolvers<unknown>();
      const began = Promise.withResolvers<void>();
      const { caller } = await world.pair(
        (server, { client }) =>
          server.handle('outer', async (_, { signal }) => {
            began.resolve();
            await aborted(signal);
            refused.resolve(await rejection(client.request('count')));
          }),
        { to: inner.service },
      );
      const giveUp = new AbortController();
      const error = rejection(caller.client.request('outer', 1, { signal: giveUp.signal }));
      await began.promise;
      giveUp.abort();
      assertCancelled(await error);
      assertCancelled(await refused.promise);
      assert.equal(await inner.caller.client.request('echo', 1), 1);
      assert.equal(called, 0);
    },
  },
  {
    name: 'giving up too late, or before, is harmless',
    promise: 'answer',
    async run(world) {
      const { caller } = await world.pair((server) => server.handle('echo', (data) => data));
      assertCancelled(await rejection(caller.client.request('echo', 1, { signal: AbortSignal.abort() })));
      const giveUp = new AbortController();
      assert.equal(await caller.client.request('echo', 2, { signal: giveUp.signal }), 2);
      giveUp.abort();
      assert.equal(await caller.client.request('echo', 3), 3);
    },
  },
];
