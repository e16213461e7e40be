import assert from 'node:assert/strict';
import { CONTROL, type DeadLetterSummary, type Envelope, type Server } from '@rookery/core';
import { collect } from '../collect.js';
import type { ConformanceCase } from '../conformance-case.js';

/** What becomes of events that were given up. */
export const deadLetterCases: readonly ConformanceCase[] = [
  {
    name: 'a replayed dead letter is the same message, for the endpoint that gave it up and no other',
    promise: 'delivery',
    async run(world) {
      let broken = true;
      const seen: { poisoned: Envelope[]; others: string[] } = { poisoned: [], others: [] };
      const neighbour = world.replica(world.service('neighbour'));
      neighbour.server.on(['happened'], { endpoint: 'far' }, () => void seen.others.push('far'));
      await neighbour.server.start();
      const { caller, replica } = await world.pair((server) => {
        server.on(['happened'], { endpoint: 'fine' }, () => void seen.others.push('fine'));
        server.on(['happened'], { endpoint: 'poisoned' }, (_, { envelope, attempt }) => {
          seen.poisoned.push(envelope);
          if (broken) throw new RangeError(`not yet, for the ${attempt}. time`);
        });
      });
      await caller.client.publish(
        'happened',
        { n: 1 },
        { key: 'k', headers: { a: 'b' }, to: replica.service },
      );
      await caller.client.publish('happened', { n: 2 }, { to: neighbour.service });
      await world.eventually(async () => (await replica.deadLetters.list()).length === 1);
      await world.eventually(() => seen.others.length === 2);
      const [letter] = await replica.deadLetters.list();
      assert.ok(letter);
      assert.match(letter.firstFailure.cause, /for the 1. time/);
      assert.match(letter.lastFailure.cause, /for the 3. time/);
      const [first] = seen.poisoned;
      assert.deepEqual(letter.message, { envelope: first, body: '{"n":1}' });

      const { deadLetters } = replica.server;
      const failed = await collect(deadLetters.replay());
      assert.deepEqual(failed, [
        { id: letter.id, outcome: 'failed', why: 'RangeError: not yet, for the 3. time' },
      ]);
      const [again, ...more] = await replica.deadLetters.list();
      assert.deepEqual([again?.id, again?.attempts, again?.replays, more], [letter.id, 6, 1, []]);

      broken = false;
      assert.deepEqual(await collect(deadLetters.replay()), [{ id: letter.id, outcome: 'handled' }]);
      assert.deepEqual(seen.poisoned.at(-1), { ...first, headers: { a: 'b', 'rookery-replay': '2' } });
      assert.deepEqual(await replica.deadLetters.list(), []);
      assert.deepEqual(seen.others.sort(), ['far', 'fine']);
    },
  },
  {
    name: 'an operator sees and replays the dead letters of a replica, and nobody else may',
    promise: 'delivery',
    async run(world) {
      let broken = true;
      const handled: unknown[] = [];
      const declare = (server: Server): void =>
        server.on(['happened'], { endpoint: 'poisoned' }, (data) => {
          if (broken) throw new RangeError('never');
          handled.push(data);
        });
      const { caller, replica } = await world.pair(declare, { control: 'anyone' });
      await caller.client.publish('happened', { n: 1 });
      await world.eventually(async () => (await replica.deadLetters.list()).length === 1);
      const [letter] = await replica.deadLetters.list();
      const ask = (pattern: string, data: unknown) =>
        collect(caller.client.stream(pattern, data, { replica: replica.name }));
      const listed = (await ask(CONTROL.list, {})) as DeadLetterSummary[];
      assert.deepEqual(
        listed.map(({ id, endpoint }) => [id, endpoint]),
        [[letter?.id, 'poisoned']],
      );
      broken = false;
      const outcomes = await ask(CONTROL.replay, { all: true });
      assert.deepEqual(outcomes, [{ begun: true }, { id: letter?.id, outcome: 'handled' }]);
      assert.deepEqual([handled, await ask(CONTROL.list, {})], [[{ n: 1 }], []]);

      const closed = await world.pair(declare, { control: false });
      await assert.rejects(collect(closed.caller.client.stream(CONTROL.list, {})), {
        code: 'PERMISSION_DENIED',
      });
    },
  },
];
