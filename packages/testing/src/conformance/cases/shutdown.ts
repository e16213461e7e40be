import assert from 'node:assert/strict';
import { isRookeryError } from '@rookery/core';
import { aborted } from '../../waiting/aborted.js';
import { turn } from '../../waiting/eventually.js';
import { rejection } from '../../waiting/rejection.js';
import type { ConformanceCase } from '../conformance-case.js';
import { assertCounted, counted } from '../counted.js';
import { Tally } from '../tally.js';

/** What happens when a server stops as it should. */
export const shutdownCases: readonly ConformanceCase[] = [
  {
    name: 'work in flight when a server drains may call out, and answers',
    promise: 'shutdown',
    async run(world) {
      const inner = await world.pair((server) => server.handle('echo', (data) => data));
      const began = Promise.withResolvers<void>();
      const goOn = Promise.withResolvers<void>();
      const told = new Tally();
      await world.pair((server) => server.on(['done'], { endpoint: 'note' }, (data) => told.add(data)));
      const { caller, replica } = await world.pair(
        (server, { client }) => {
          server.handle('work', async (data) => {
            began.resolve();
            await goOn.promise;
            const answer = await client.request('echo', data);
            await client.publish('done', answer);
            return answer;
          });
          server.handle('count', async function* () {
            for (const n of counted(300)) {
              if (n === 100) await goOn.promise;
              yield n;
            }
          });
        },
        { to: inner.service, drainTimeout: world.patience },
      );
      const answer = caller.client.request('work', 'finished');
      const stream = caller.client.stream('count');
      assert.deepEqual(await stream.next(), { value: 0, done: false });
      await began.promise;
      const closed = replica.server.close();
      await world.eventually(() => replica.transport.state.status === 'draining');
      goOn.resolve();
      assert.equal(await answer, 'finished');
      const rest: unknown[] = [];
      for await (const value of stream) rest.push(value);
      assert.deepEqual(rest, counted(300).slice(1));
      await closed;
      assert.equal(replica.server.inFlight, 0);
      await world.eventually(() => told.assertEach(['finished'], 1));
    },
  },
  {
    name: 'an event in flight when a server drains is finished, and does not come again',
    promise: 'shutdown',
    async run(world) {
      const service = world.service('drained');
      const began = new Tally();
      const ended = new Tally();
      const goOn = Promise.withResolvers<void>();
      const start = async (name?: string) => {
        const replica = world.replica(service, {
          ...(name === undefined ? {} : { name }),
          ...{ concurrency: 2, drainTimeout: world.patience },
        });
        replica.server.on(['happened'], { endpoint: 'work' }, async (data) => {
          began.add(data);
          await goOn.promise;
          ended.add(data);
        });
        await replica.server.start();
        return replica;
      };
      const first = await start();
      const { client } = world.caller();
      const sent = counted(6);
      await Promise.all(sent.map((n) => client.publish('happened', n)));
      await world.eventually(() => began.total === 2);
      const closed = first.server.close();
      await world.eventually(() => first.transport.state.status === 'draining');
      goOn.resolve();
      await closed;
      assert.equal(began.total, 2, 'it took more while it drained');
      await start(first.name);
      await world.eventually(() => ended.assertEach(sent, 1));
      began.assertEach(sent, 1);
    },
  },
  {
    name: 'no call is lost while one of two replicas drains',
    promise: 'shutdown',
    async run(world) {
      const service = world.service('rolling');
      const start = async () => {
        const replica = world.replica(service, { drainTimeout: world.patience });
        replica.server.handle('echo', async (data) => {
          await turn();
          return data;
        });
        await replica.server.start();
        return replica;
      };
      const first = await start();
      await start();
      const { client } = world.caller({ to: service });
      const calls: Promise<unknown>[] = [];
      let closed: Promise<void> | undefined;
      for (const n of counted(300)) {
        calls.push(client.request('echo', n));
        if (n === 100) closed = first.server.close();
        if (n % 5 === 0) await turn();
      }
      assertCounted(await Promise.all(calls), 300);
      await closed;
    },
  },
  {
    name: 'calls made while the only replica restarts wait for it',
    promise: 'shutdown',
    async run(world) {
      const service = world.service('restarted');
      const start = async (name?: string) => {
        const replica = world.replica(service, name === undefined ? {} : { name });
        replica.server.handle('echo', (data) => data);
        await replica.server.start();
        return replica;
      };
      const first = await start();
      const { client } = world.caller({ to: service });
      assert.equal(await client.request('echo', 'before'), 'before');
      await first.server.close();
      const meanwhile = counted(20).map((n) => client.request('echo', n));
      await turn();
      await start(first.name);
      assertCounted(await Promise.all(meanwhile), 20);
      assert.equal(await client.request('echo', 'after'), 'after');
    },
  },
  {
    name: 'work that does not finish in time is cancelled, and its caller is told that it may have been done',
    promise: 'shutdown',
    async run(world) {
      const began = Promise.withResolvers<void>();
      const told = Promise.withResolvers<void>();
      const { caller, replica } = await world.pair(
        (server) =>
          server.handle('hang', async (_, { signal }) => {
            began.resolve();
            await aborted(signal);
            told.resolve();
          }),
        { drainTimeout: 60 },
      );
      const failure = rejection(caller.client.request('hang'));
      await began.promise;
      await replica.server.close();
      await told.promise;
      const error = await failure;
      assert.ok(isRookeryError(error), `not an error of Rookery’s: ${String(error)}`);
      assert.equal(error.code, 'UNAVAILABLE');
      assert.equal(error.recourse, 'unknown');
    },
  },
  {
    name: 'a transport opens, drains and closes once, however often it is told, and says so',
    promise: 'shutdown',
    async run(world) {
      const replica = world.replica(world.service('states'));
      replica.server.handle('echo', (data) => data);
      const states: string[] = [];
      replica.transport.watch(({ status }) => states.push(status));
      assert.equal(replica.transport.state.status, 'connecting');
      await replica.server.start();
      await replica.transport.open();
      const { client } = world.caller({ to: replica.service });
      assert.equal(await client.request('echo', 1), 1);
      await Promise.all([replica.server.close(), replica.server.close()]);
      await replica.transport.quiesce();
      await replica.transport.close();
      assert.deepEqual(states, ['ready', 'draining', 'closed']);
    },
  },
];
