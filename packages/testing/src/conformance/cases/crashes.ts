import assert from 'node:assert/strict';
import { isRookeryError } from '@rookery/core';
import { aborted } from '../../waiting/aborted.js';
import { turn } from '../../waiting/eventually.js';
import { rejection } from '../../waiting/rejection.js';
import type { ConformanceCase } from '../conformance-case.js';
import { assertCounted, counted } from '../counted.js';
import { Tally } from '../tally.js';

/** What happens when one side goes without having finished. */
export const crashCases: readonly ConformanceCase[] = [
  {
    name: 'calls made while the server is gone succeed when it is back within their deadline',
    promise: 'shutdown',
    async run(world) {
      const service = world.service('killed');
      const start = async (name?: string) => {
        const replica = world.replica(service, name === undefined ? {} : { name });
        replica.server.handle('echo', (data) => data);
        await replica.server.start();
        return replica;
      };
      const first = await start();
      const { client } = world.caller({ to: service });
      assert.equal(await client.request('echo', 'before'), 'before');
      await world.kill(first);
      // A call that left before the loss was noticed is lost with it; from then on calls wait.
      await world.eventually(async () => {
        const hopeless = await rejection(client.request('echo', 'hopeless', { timeout: 40 }));
        assert.equal((hopeless as { code?: string }).code, 'DEADLINE_EXCEEDED');
      });
      const meanwhile = counted(20).map((n) => client.request('echo', n));
      await start(first.name);
      assertCounted(await Promise.all(meanwhile), 20);
      assert.equal(await client.request('echo', 'after'), 'after');
    },
  },
  {
    name: 'calls in flight when the server dies end with an error that leaves the outcome open',
    promise: 'answer',
    async run(world) {
      const gone = new AbortController();
      let working = 0;
      const { caller, replica } = await world.pair((server) => {
        server.handle('hang', () => {
          working++;
          return aborted(gone.signal);
        });
        server.handle('count', async function* () {
          for (const n of counted(10)) yield n;
          working++;
          await aborted(gone.signal);
        });
      });
      try {
        const failures = counted(5).map(() => rejection(caller.client.request('hang', 1, { timeout: 500 })));
        const values: unknown[] = [];
        const options = { timeout: 500, idleTimeout: 500 };
        const cut = rejection(
          (async () => {
            for await (const value of caller.client.stream('count', 1, options)) values.push(value);
          })(),
        );
        await world.eventually(() => working === 6 && values.length === 10);
        await world.kill(replica);
        for (const error of await Promise.all([...failures, cut])) {
          assert.ok(isRookeryError(error), `not an error of Rookery’s: ${String(error)}`);
          assert.equal(error.recourse, 'unknown', error.message);
        }
        assertCounted(values, 10);
      } finally {
        gone.abort();
      }
    },
  },
  {
    name: 'a client that is closed fails the calls it has open, stops their work and leaves nothing running',
    promise: 'shutdown',
    async run(world) {
      let working = 0;
      const { caller } = await world.pair((server) => {
        server.handle('hang', async (_, { signal }) => {
          working++;
          await aborted(signal);
          working--;
        });
        server.handle('stream', async function* (_, { signal }) {
          working++;
          yield 'first';
          await aborted(signal);
          working--;
        });
      });
      const { client, deadlines } = caller;
      const failures = counted(10).map(() => rejection(client.request('hang')));
      const stream = client.stream('stream');
      assert.deepEqual(await stream.next(), { value: 'first', done: false });
      failures.push(rejection(stream.next()));
      const observer = { next() {}, complete() {} };
      failures.push(new Promise((error) => client.observe('stream', 1, {}, { ...observer, error })));
      await world.eventually(() => working === 12);
      client.close();
      assert.equal(client.pending, 0);
      assert.equal(deadlines.size, 0);
      for (const error of await Promise.all(failures)) {
        assert.ok(isRookeryError(error), `not an error of Rookery’s: ${String(error)}`);
        assert.equal(error.code, 'CLIENT_CLOSED');
      }
      await world.eventually(() => working === 0);
      await caller.close();
      await world.eventually(() => assert.deepEqual(caller.leftovers(), []));
    },
  },
  {
    name: 'a transport that is closed under its calls fails them and stops their work',
    promise: 'shutdown',
    async run(world) {
      let working = 0;
      const { caller } = await world.pair((server) =>
        server.handle('hang', async (_, { signal }) => {
          working++;
          await aborted(signal);
          working--;
        }),
      );
      const failures = counted(5).map(() => rejection(caller.client.request('hang')));
      await world.eventually(() => working === 5);
      await caller.transport.close();
      for (const error of await Promise.all(failures)) {
        assert.ok(isRookeryError(error), `not an error of Rookery’s: ${String(error)}`);
        assert.equal(error.code, 'CLIENT_CLOSED');
      }
      await world.eventually(() => working === 0);
    },
  },
  {
    name: 'after the end nothing can be sent, and that is said at once',
    promise: 'shutdown',
    async run(world) {
      const { service } = await world.pair((server) => server.handle('echo', (data) => data));
      for (const close of ['client', 'transport'] as const) {
        const { client, transport } = world.caller({ to: service });
        assert.equal(await client.request('echo', 1), 1);
        if (close === 'client') client.close();
        else await transport.close();
        const calls = [client.request('echo'), client.publish('event', 1)];
        for (const error of await Promise.all(calls.map(rejection))) {
          assert.ok(isRookeryError(error), `not an error of Rookery’s: ${String(error)}`);
          assert.equal(error.code, 'CLIENT_CLOSED');
        }
        await transport.close();
      }
    },
  },
  {
    name: 'events that were accepted are handed over before their publisher closes',
    promise: 'delivery',
    async run(world) {
      const tally = new Tally();
      await world.pair((server) => server.on(['happened'], { endpoint: 'note' }, (data) => tally.add(data)));
      const publisher = world.caller();
      await publisher.client.publish('happened', 'first');
      await world.eventually(() => tally.assertEach(['first'], 1));
      const sent = counted(Math.min(200, world.subject.maxQueue / 2));
      const accepted = Promise.all(sent.map((n) => publisher.client.publish('happened', n)));
      await turn();
      await accepted;
      await publisher.close();
      await world.eventually(() => tally.assertEach(['first', ...sent], 1));
    },
  },
];
