import assert from 'node:assert/strict';
import { isRookeryError, type MessageContext } from '@rookery/core';
import { aborted } from '../../waiting/aborted.js';
import { rejection } from '../../waiting/rejection.js';
import type { ConformanceCase } from '../conformance-case.js';
import { rawRequest } from '../raw-request.js';
import type { World } from '../world.js';

/** Milliseconds; short, because it is waited for. */
const SHORT = 60;

/** Milliseconds that are short, and long enough for a request to reach its handler. */
function shortOf({ patience }: World): number {
  return Math.max(SHORT, patience / 50);
}

function assertExceeded(error: unknown): void {
  assert.ok(isRookeryError(error), `not an error of Rookery’s: ${String(error)}`);
  assert.equal(error.code, 'DEADLINE_EXCEEDED');
}

export const deadlineCases: readonly ConformanceCase[] = [
  {
    name: 'a call that is answered in time leaves no deadline behind',
    promise: 'answer',
    async run(world) {
      const { caller } = await world.pair((server) => server.handle('echo', (data) => data));
      assert.equal(await caller.client.request('echo', 1), 1);
      assert.equal(caller.deadlines.size, 0);
      assert.equal(caller.client.pending, 0);
    },
  },
  {
    name: 'a call fails when its deadline passes, and its work is cancelled',
    promise: 'answer',
    async run(world) {
      const stopped = Promise.withResolvers<void>();
      const { caller } = await world.pair((server) => {
        server.handle('echo', (data) => data);
        server.handle('hang', async (_, { signal }) => {
          await aborted(signal);
          stopped.resolve();
        });
      });
      assert.equal(await caller.client.request('echo', 1), 1); // connected, so that the time is the call's own
      const timeout = shortOf(world);
      const began = caller.clock.now();
      const error = await rejection(caller.client.request('hang', 1, { timeout }));
      const took = caller.clock.now() - began;
      assertExceeded(error);
      assert.equal((error as { recourse?: string }).recourse, 'unknown', 'it was sent');
      assert.ok(took >= timeout, `early: ${took} ms`);
      await stopped.promise;
    },
  },
  {
    name: 'the time that is left shrinks from hop to hop',
    promise: 'answer',
    async run(world) {
      const inner = await world.pair((server) =>
        server.handle('inner', (_, context) => [context.remaining, context.envelope.timeout]),
      );
      const { caller } = await world.pair(
        (server, { client }) =>
          server.handle('outer', async (_, context) => {
            const arrived = context.remaining;
            await world.eventually(() => context.remaining <= arrived - SHORT);
            return [arrived, ...((await client.request('inner', 1, { timeout: 600_000 })) as number[])];
          }),
        { to: inner.service },
      );
      const budget = world.patience;
      const left = (await caller.client.request('outer', 1, { timeout: budget })) as number[];
      const [atOuter = NaN, atInner = NaN, sentToInner = NaN] = left;
      assert.ok(atOuter <= budget, `${atOuter} of ${budget} ms at the first hop`);
      assert.ok(atInner <= atOuter - SHORT, `${atOuter} ms at the first hop, ${atInner} at the second`);
      assert.ok(atInner <= sentToInner, `${sentToInner} ms when sent, ${atInner} when it arrived`);
    },
  },
  {
    name: 'a deadline that passes at the second hop ends both',
    promise: 'answer',
    async run(world) {
      const stopped = Promise.withResolvers<void>();
      const inner = await world.pair((server) => {
        server.handle('echo', (data) => data);
        server.handle('hang', async (_, { signal }) => {
          await aborted(signal);
          stopped.resolve();
        });
      });
      const outerEnded = Promise.withResolvers<unknown>();
      const { caller } = await world.pair(
        (server, { client }) => {
          server.handle('connect', () => client.request('echo', 1));
          server.handle('outer', async () => {
            const error = await rejection(client.request('hang', 1, { timeout: 600_000 }));
            outerEnded.resolve(error);
            throw error;
          });
        },
        { to: inner.service },
      );
      assert.equal(await caller.client.request('connect'), 1);
      assertExceeded(await rejection(caller.client.request('outer', 1, { timeout: shortOf(world) })));
      const code = ((await outerEnded.promise) as { code?: string }).code;
      assert.ok(code === 'DEADLINE_EXCEEDED' || code === 'CANCELLED', code);
      await stopped.promise;
    },
  },
  {
    name: 'work that is known to be overdue is not started',
    promise: 'answer',
    async run(world) {
      let started = 0;
      const { service, caller } = await world.pair((server) => server.handle('work', () => ++started));
      const answer = await rawRequest(caller, service, { pattern: 'work', timeout: 0 });
      assert.ok('failure' in answer, 'it was answered');
      assertExceeded(answer.failure);
      assert.equal(started, 0);
    },
  },
  {
    name: 'time spent waiting for the service is time of the deadline',
    promise: 'answer',
    async run(world) {
      const replica = world.replica(world.service('late'));
      replica.server.handle('left', (_, { remaining }: MessageContext) => remaining);
      const { client, clock } = world.caller({ to: replica.service });
      const answer = client.request('left');
      const began = clock.now();
      await world.eventually(() => clock.now() - began >= SHORT);
      await replica.server.start();
      const left = (await answer) as number;
      assert.ok(left <= world.patience - SHORT, `${left} ms left after ${clock.now() - began} ms`);
    },
  },
  {
    name: 'calls whose deadline passed while the service was away are not handled when it comes',
    promise: 'answer',
    async run(world) {
      const replica = world.replica(world.service('late'));
      let handled = 0;
      replica.server.handle('late', () => ++handled);
      replica.server.handle('echo', (data) => data);
      const { client } = world.caller({ to: replica.service });
      const calls = Array.from({ length: 10 }, () => client.request('late', 1, { timeout: SHORT }));
      for (const call of calls) assertExceeded(await rejection(call));
      const meanwhile = client.request('echo', 'there');
      await replica.server.start();
      assert.equal(await meanwhile, 'there');
      assert.equal(await client.request('echo', 'again'), 'again');
      assert.equal(handled, 0);
    },
  },
];
