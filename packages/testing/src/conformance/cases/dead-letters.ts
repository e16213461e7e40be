import assert from 'node:assert/strict';
import type { Envelope } from '@rookery/core';
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
];
