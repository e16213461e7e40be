import assert from 'node:assert/strict';
import { eventually } from '../../waiting/eventually.js';
import { assertHonest, assertUnharmed, begunWithin } from '../assertions.js';
import type { FaultScenario } from '../fault-scenario.js';
import { nameOf } from '../fault-world.js';
import type { Place } from '../place.js';

/** Milliseconds within which one that has come has to be known: the longest pause between two tries, and some. */
const NOTICED = 6_000;
/** The part of its fair share that a replica has to get. */
const SHARE = 0.5;
/** The part of all calls that one hanging replica of three may cost. */
const COST = 0.01;

/** What callers see when some of several replicas are not as the others. */
export const severalScenarios: readonly FaultScenario[] = [
  {
    name: 'replica added and removed',
    shows: 'no call fails, and the added one gets its share',
    async run(world) {
      const places = await world.places(3);
      const [one, two, added] = places as [Place, Place, Place];
      await Promise.all([world.replica(one), world.replica(two)]);
      const load = world.load(await world.caller(...places), { lasting: world.pace.lasting * 2 + NOTICED });
      await world.share(0.2);
      const program = await world.replica(added);
      const there = world.clock.now();
      await eventually(() => load.calls.some(({ value }) => value === nameOf(added)), { within: NOTICED });
      const from = world.clock.now();
      await world.share(0.4);
      const to = world.clock.now();
      const exit = await program.terminate();
      await world.share(0.2);
      load.stop();
      await load.settled();
      assert.equal(exit, '0', `it ended by ${exit}`);
      assertUnharmed(load);
      const calls = begunWithin(load, from, to);
      const share = calls.filter(({ value }) => value === nameOf(added)).length / calls.length;
      assert.ok(share >= SHARE / places.length, `the added replica got ${percent(share)} of the calls`);
      return { load, notes: { 'found after': Math.round(from - there), share: percent(share) } };
    },
  },
  {
    name: 'one of three replicas hanging',
    shows: 'under 1 % of the calls fail, and none hangs',
    async run(world) {
      const places = await world.places(3);
      const [frozen] = await Promise.all(places.map((place) => world.replica(place)));
      const timeout = Math.min(1_000, world.pace.timeout);
      const load = world.load(await world.caller(...places), { lasting: world.pace.lasting * 1.5, timeout });
      await world.share(0.2);
      frozen?.freeze();
      await load.settled();
      frozen?.thaw();
      assertHonest(load);
      const { sent, ok } = load.report();
      const cost = (sent - ok) / sent;
      assert.ok(cost < COST, `${percent(cost)} of the calls failed: ${JSON.stringify(load.report())}`);
      return { load, notes: { cost: percent(cost) } };
    },
  },
];

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
