import assert from 'node:assert/strict';
import { CONTROL, type DeadLetterSummary } from '@rookery/core';
import { collect } from '../collect.js';
import type { ConformanceCase } from '../conformance-case.js';
import { counted } from '../counted.js';
import type { Replica } from '../member.js';
import { deadLetterLog } from '../needs.js';
import { Tally } from '../tally.js';
import type { World } from '../world.js';

/** A service whose handler fails for as long as it is broken. */
class Broken {
  broken = true;
  readonly handled = new Tally();
  readonly name: string;
  readonly #world: World;

  constructor(world: World) {
    this.name = world.service('broken');
    this.#world = world;
  }

  async replica(): Promise<Replica> {
    const replica = this.#world.replica(this.name, { control: 'anyone', killSwitch: false });
    replica.server.on(['happened'], { endpoint: 'poisoned' }, (data) => {
      if (this.broken) throw new RangeError('not yet');
      this.handled.add(data);
    });
    await replica.server.start();
    return replica;
  }
}

async function idsAt({ deadLetters }: Replica): Promise<string[]> {
  return (await deadLetters.list()).map(({ id }) => id);
}

/** The dead letters of a service where the medium keeps them: one store, whoever is asked. */
export const keptLetterCases: readonly ConformanceCase[] = [
  {
    name: 'what one replica has given up every replica lists, edits, replays and drops',
    promise: 'delivery',
    needs: deadLetterLog,
    async run(world) {
      const service = new Broken(world);
      const [one, other] = [await service.replica(), await service.replica()];
      const caller = world.caller({ to: service.name });
      for (const n of counted(3)) await caller.client.publish('happened', n);
      const all = async (replica: Replica, count: number): Promise<void> => {
        await world.eventually(async () => assert.equal((await idsAt(replica)).length, count));
      };
      await all(one, 3);
      await all(other, 3);
      assert.deepEqual(await idsAt(one), await idsAt(other));
      const [first = '', second = '', third = ''] = await idsAt(one);

      await one.server.deadLetters.edit(first, '"edited"');
      await world.eventually(async () =>
        assert.equal((await other.deadLetters.get(first))?.message.body, '"edited"'),
      );
      const failed = await collect(other.server.deadLetters.replay({ ids: [first] }));
      assert.deepEqual(failed, [{ id: first, outcome: 'failed', why: 'RangeError: not yet' }]);
      await world.eventually(async () => assert.equal((await one.deadLetters.get(first))?.replays, 1));

      service.broken = false;
      assert.deepEqual(await collect(other.server.deadLetters.replay({ ids: [first] })), [
        { id: first, outcome: 'handled' },
      ]);
      assert.equal(service.handled.count('edited'), 1);
      await all(one, 2);
      assert.equal(await one.server.deadLetters.drop({ ids: [second] }), 1);
      await world.eventually(async () => assert.deepEqual(await idsAt(other), [third]));

      // An operator need not know who has them.
      const listed = (await collect(caller.client.stream(CONTROL.list, {}))) as DeadLetterSummary[];
      assert.deepEqual(
        listed.map(({ id }) => id),
        [third],
      );
    },
  },
  {
    name: 'dead letters are there again after all replicas of the service were gone',
    promise: 'delivery',
    needs: deadLetterLog,
    async run(world) {
      const service = new Broken(world);
      const before = await service.replica();
      const caller = world.caller({ to: service.name });
      for (const n of counted(4)) await caller.client.publish('happened', n);
      await world.eventually(async () => assert.equal((await idsAt(before)).length, 4));
      const [dropped = '', ...kept] = await idsAt(before);
      await before.server.deadLetters.drop({ ids: [dropped] });
      await world.kill(before);
      service.broken = false;
      const after = await service.replica();
      assert.deepEqual(await idsAt(after), kept);
      const [letter] = await after.deadLetters.list();
      assert.match(letter?.firstFailure.cause ?? '', /not yet/);
      const outcomes = await collect(after.server.deadLetters.replay());
      assert.deepEqual(
        outcomes.map(({ outcome }) => outcome),
        kept.map(() => 'handled'),
      );
      assert.deepEqual(await idsAt(after), []);
    },
  },
  {
    name: 'what several operators replay at once is handled once',
    promise: 'delivery',
    needs: deadLetterLog,
    async run(world) {
      const service = new Broken(world);
      const replicas = [await service.replica(), await service.replica()];
      const caller = world.caller({ to: service.name });
      const sent = counted(20);
      for (const n of sent) await caller.client.publish('happened', n);
      for (const replica of replicas)
        await world.eventually(async () => assert.equal((await idsAt(replica)).length, sent.length));
      service.broken = false;
      const each = await Promise.all(replicas.map(({ server }) => collect(server.deadLetters.replay())));
      const handled = each.flat().filter(({ outcome }) => outcome === 'handled');
      assert.equal(handled.length, sent.length);
      assert.deepEqual(
        sent.filter((n) => service.handled.count(n) !== 1),
        [],
      );
      for (const replica of replicas)
        await world.eventually(async () => assert.deepEqual(await idsAt(replica), []));
    },
  },
];
