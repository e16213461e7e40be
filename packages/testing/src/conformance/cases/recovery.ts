import assert from 'node:assert/strict';
import { createEnvelope } from '@rookery/core';
import type { ConformanceCase } from '../conformance-case.js';
import { counted } from '../counted.js';
import { Tally } from '../tally.js';

/** What happens to events when handlers and replicas fail. */
export const recoveryCases: readonly ConformanceCase[] = [
  {
    name: 'several handlers of one event are retried and given up each alone',
    promise: 'delivery',
    async run(world) {
      const tries = { fine: [] as number[], flaky: [] as number[], poisoned: [] as number[] };
      const ids = new Set<string>();
      const { caller, replica } = await world.pair((server) => {
        server.on(['happened'], { endpoint: 'fine' }, (_, { attempt }) => void tries.fine.push(attempt));
        server.on(['happened'], { endpoint: 'flaky' }, (_, { attempt, envelope }) => {
          ids.add(envelope.id);
          if (tries.flaky.push(attempt) < 3) throw new Error('not yet');
        });
        server.on(['happened'], { endpoint: 'poisoned' }, (_, { attempt }) => {
          tries.poisoned.push(attempt);
          return Promise.reject(new RangeError('never'));
        });
      });
      await caller.client.publish('happened', { n: 1 });
      await world.eventually(async () => (await replica.deadLetters.list()).length === 1);
      await world.eventually(() => tries.flaky.length === 3);
      assert.deepEqual(tries, { fine: [1], flaky: [1, 2, 3], poisoned: [1, 2, 3] });
      assert.equal(ids.size, 1, 'a redelivery has the id of the first');
      const [letter] = await replica.deadLetters.list();
      assert.equal(letter?.endpoint, 'poisoned');
      assert.equal(letter.service, replica.service);
      assert.equal(letter.attempts, 3);
      assert.equal(letter.lastFailure.cause, 'RangeError: never');
      assert.equal(letter.message.body, '{"n":1}');
    },
  },
  {
    name: 'a retry waits as long as the schedule says',
    promise: 'delivery',
    async run(world) {
      const times: number[] = [];
      const retries = { attempts: 3, firstDelay: 60, factor: 2, maxDelay: 1_000 };
      const { caller } = await world.pair(
        (server, { clock }) =>
          server.on(['happened'], { endpoint: 'flaky' }, () => {
            if (times.push(clock.now()) < 3) throw new Error('not yet');
          }),
        { retries },
      );
      await caller.client.publish('happened', 1);
      await world.eventually(() => times.length === 3);
      const [first = 0, second = 0, third = 0] = times;
      // Half of the scheduled wait is random.
      assert.ok(second - first >= 30, `second try after ${second - first} ms`);
      assert.ok(third - second >= 60, `third try after ${third - second} ms`);
    },
  },
  {
    name: 'what cannot be decoded is given up at once',
    promise: 'delivery',
    async run(world) {
      const { caller, replica } = await world.pair((server) => {
        server.on(['broken'], { endpoint: 'broken' }, () => assert.fail('it was handled'));
      });
      const envelope = createEnvelope({ id: 'broken-1', pattern: 'broken' });
      await caller.transport.publish([{ message: { envelope, body: '{"unfinished":' } }]);
      const letters = await world.eventually(async () => {
        const kept = await replica.deadLetters.list();
        assert.equal(kept.length, 1);
        return kept;
      });
      assert.deepEqual(
        letters.map(({ endpoint, attempts }) => [endpoint, attempts]),
        [['broken', 1]],
      );
    },
  },
  {
    name: 'accepted events wait for a consumer that is away',
    promise: 'delivery',
    async run(world) {
      const service = world.service('restarted');
      const tally = new Tally();
      const start = async (name?: string) => {
        const replica = world.replica(service, name === undefined ? {} : { name });
        replica.server.on(['happened'], { endpoint: 'note' }, (data) => tally.add(data));
        await replica.server.start();
        return replica;
      };
      const first = await start();
      const { client } = world.caller();
      await client.publish('happened', 'before');
      await world.eventually(() => tally.assertEach(['before'], 1));
      await world.kill(first);
      const meanwhile = counted(50);
      await Promise.all(meanwhile.map((n) => client.publish('happened', n)));
      tally.assertEach(['before'], 1);
      await start(first.name);
      await world.eventually(() => meanwhile.every((n) => tally.count(n) === 1));
    },
  },
  {
    name: 'an event for a service that has never been there waits for it',
    promise: 'delivery',
    async run(world) {
      const replica = world.replica(world.service('late'));
      const tally = new Tally();
      replica.server.on(['happened'], { endpoint: 'note' }, (data) => tally.add(data));
      const { client } = world.caller();
      const sent = counted(20);
      await Promise.all(sent.map((n) => client.publish('happened', n, { to: replica.service })));
      await replica.server.start();
      await world.eventually(() => tally.assertEach(sent, 1));
    },
  },
  {
    name: 'what a replica had in hand when it died is handled by another',
    promise: 'delivery',
    async run(world) {
      const service = world.service('mourned');
      const inHand = new Map<string, Set<number>>();
      const finished = new Tally();
      const dead = Promise.withResolvers<void>();
      const replicas = [world.replica(service), world.replica(service)];
      for (const { server, name } of replicas) {
        const mine = new Set<number>();
        inHand.set(name, mine);
        server.on(['happened'], { endpoint: 'work' }, async (data) => {
          mine.add(data as number);
          await dead.promise;
          finished.add([name, data]);
        });
        await server.start();
      }
      const { client } = world.caller();
      const sent = counted(20);
      try {
        await Promise.all(sent.map((n) => client.publish('happened', n)));
        await world.eventually(
          () => [...inHand.values()].flatMap((mine) => [...mine]).length === sent.length,
        );
        const victim = replicas.find(({ name }) => (inHand.get(name)?.size ?? 0) > 0);
        const survivor = replicas.find((replica) => replica !== victim);
        assert.ok(victim && survivor);
        await world.kill(victim);
        await world.eventually(() => inHand.get(survivor.name)?.size === sent.length);
        dead.resolve();
        await world.eventually(() => sent.every((n) => finished.count([survivor.name, n]) === 1));
      } finally {
        dead.resolve();
      }
    },
  },
];
