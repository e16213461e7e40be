import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { eventually, pause } from '../../waiting/eventually.js';
import { assertHonest, begunWithin } from '../assertions.js';
import type { FaultScenario } from '../fault-scenario.js';
import { EVENT } from '../replica-program.js';
import { Load } from '../load/load.js';

/** Milliseconds in which what is kept has to be handled once the consumer is back. */
const CATCH_UP = 20_000;

/** What becomes of events. */
export const eventScenarios: readonly FaultScenario[] = [
  {
    name: 'consumer killed and back',
    shows: 'no event that was accepted is lost while the sender lives',
    async run(world) {
      const [place] = (await world.places(1)) as [never];
      const consumer = await world.replica(place);
      const { client } = await world.caller(place);
      const { eventsPerSecond: perSecond, lasting, timeout } = world.pace;
      const load = new Load({ perSecond, lasting, timeout, margin: 1_000 }, (id) =>
        client.publish(EVENT, id),
      );
      await world.share(0.3);
      await consumer.kill();
      const killed = world.clock.now();
      await pause(world.pace.outage);
      const meanwhile = begunWithin(load, killed).filter(({ error }) => error === undefined).length;
      assert.ok(meanwhile > 0, 'no event was accepted while the consumer was away');
      await world.keep(consumer.restart());
      await load.settled();
      assertHonest(load);
      const accepted = [...load.calls.keys()].filter((id) => load.calls[id]?.error === undefined);
      const handled = await eventually(
        async () => {
          const ids = (await readFile(world.events, 'utf8')).trim().split('\n').map(Number);
          const known = new Set(ids);
          const lost = accepted.filter((id) => !known.has(id));
          assert.equal(
            lost.length,
            0,
            `${lost.length} of ${accepted.length} accepted events were not handled`,
          );
          return ids;
        },
        { within: CATCH_UP },
      );
      const again = handled.length - new Set(handled).size;
      return {
        load,
        notes: { accepted: accepted.length, 'while away': meanwhile, lost: 0, 'handled again': again },
      };
    },
  },
];
