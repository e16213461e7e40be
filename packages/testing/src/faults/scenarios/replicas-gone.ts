import assert from 'node:assert/strict';
import { pause } from '../../waiting/eventually.js';
import { assertHonest, assertUnharmed, begunWithin } from '../assertions.js';
import type { FaultScenario } from '../fault-scenario.js';

/** What callers see of processes that end. */
export const goneScenarios: readonly FaultScenario[] = [
  {
    name: 'server killed and back',
    shows: 'no call hangs, a failure says unknown outcome or never sent, and who has time left succeeds',
    async run(world) {
      const [place] = (await world.places(1)) as [never];
      const replica = await world.replica(place);
      const load = world.load(await world.caller(place));
      await world.share(0.2);
      await replica.kill();
      const killed = world.clock.now();
      await pause(world.pace.outage);
      await world.keep(replica.restart());
      const back = world.clock.now();
      await load.settled();
      assertHonest(load);
      assertUnharmed(load, begunWithin(load, back));
      const meanwhile = begunWithin(load, killed, back);
      const waited = meanwhile.filter(({ error }) => error === undefined).length;
      assert.ok(waited > 0, 'no call that was made meanwhile succeeded afterwards');
      return { load, notes: { away: Math.round(back - killed), 'made meanwhile': meanwhile.length, waited } };
    },
  },
  {
    name: 'one of two replicas told to go',
    shows: 'no call fails',
    async run(world) {
      const [first, second] = (await world.places(2)) as [never, never];
      const [leaving] = await Promise.all([world.replica(first), world.replica(second)]);
      const load = world.load(await world.caller(first, second));
      await world.share(0.4);
      const exit = await leaving.terminate();
      await load.settled();
      assert.equal(exit, '0', `it ended by ${exit}`);
      assertUnharmed(load);
      return { load };
    },
  },
  {
    name: 'the only replica told to go, and another in its place',
    shows: 'no call fails: those made meanwhile wait',
    async run(world) {
      const [place] = (await world.places(1)) as [never];
      const leaving = await world.replica(place);
      const load = world.load(await world.caller(place));
      await world.share(0.4);
      const exit = await leaving.terminate();
      const gone = world.clock.now();
      await world.replica(place);
      const back = world.clock.now();
      await load.settled();
      assert.equal(exit, '0', `it ended by ${exit}`);
      assertUnharmed(load);
      return { load, notes: { away: Math.round(back - gone) } };
    },
  },
];
