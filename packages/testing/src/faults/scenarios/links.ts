import assert from 'node:assert/strict';
import { pause } from '../../waiting/eventually.js';
import { assertHonest, assertUnharmed, begunWithin } from '../assertions.js';
import type { FaultScenario, Shown } from '../fault-scenario.js';
import type { FaultWorld } from '../fault-world.js';
import type { Load } from '../load/load.js';
import type { Sides } from '../proxy/direction.js';
import type { FaultProxy } from '../proxy/fault-proxy.js';
import { REQUESTS } from '../replica-program.js';

/** Bytes by which a process may grow while it holds what a bad link does not take. */
const GROWTH = 128 * 2 ** 20;
/** Bytes per second of a slow link, and of a call over it. */
const TRICKLE = 32 * 1_024;
const PIECE = 1_024;
/** How many values may be on their way to a reader that takes none. */
const WINDOW = 512;

/** What callers see of a bad network. */
export const linkScenarios: readonly FaultScenario[] = [
  cut('up', 'link cut towards the server'),
  cut('down', 'link cut towards the caller'),
  cut('both', 'link cut both ways'),
  {
    name: 'link reset',
    shows: 'no call hangs, and those made afterwards succeed',
    run: (world) =>
      through(world, async (proxy) => {
        proxy.cut();
      }),
  },
  {
    name: 'connection half-open',
    shows: 'no call hangs past its deadline, and the connection is given up and made anew',
    run: (world) =>
      through(world, async (proxy) => {
        proxy.swallow();
        // Silence is noticed after up to two heartbeats and acted on after one more.
        await pause(world.pace.heartbeat * 4);
      }),
  },
  {
    name: 'connections taken and led nowhere',
    shows: 'no call hangs, and they succeed once they are let in',
    run: (world) =>
      through(world, async (proxy) => {
        proxy.stallAccepts();
        proxy.cut();
        await pause(world.pace.cut);
        proxy.heal();
      }),
  },
  {
    name: 'link slow',
    shows: 'no call hangs past its deadline, memory stays bounded, and all succeed once it is fast again',
    run: (world) =>
      through(
        world,
        async (proxy) => {
          proxy.slow({ bytesPerSecond: TRICKLE, delay: 5 });
          await pause(world.pace.cut);
          proxy.heal();
        },
        'x'.repeat(PIECE),
      ),
  },
  {
    name: 'reader slow',
    shows: 'the producer waits for it, and others on the connection do not',
    async run(world) {
      const [place] = (await world.places(1)) as [never];
      await world.replica(place);
      const caller = await world.caller(place);
      const before = await world.stats(caller);
      const values = caller.client.stream(REQUESTS.flow);
      await values.next();
      const load = world.load(caller);
      let taken = 1;
      while (world.clock.now() < (load.calls[0]?.began ?? Infinity) + world.pace.lasting / 2) {
        await pause(50);
        await values.next();
        taken++;
      }
      const after = await world.stats(caller);
      await values.return?.();
      await load.settled();
      assertUnharmed(load);
      const ahead = after.produced - taken;
      assert.ok(ahead <= WINDOW, `${ahead} values were made that nobody had taken`);
      assertBounded(before.memory, after.memory);
      return { load, notes: { taken, ahead } };
    },
  },
];

function cut(sides: Sides, name: string): FaultScenario {
  return {
    name,
    shows: 'no call hangs past its deadline, and all succeed once it is whole again',
    run: (world) =>
      through(world, async (proxy) => {
        proxy.hold(sides);
        await pause(world.pace.cut);
        proxy.heal();
      }),
  };
}

/** Load over one proxy, to which something happens; what is called once that is over has to succeed. */
async function through(
  world: FaultWorld,
  happen: (proxy: FaultProxy) => Promise<void>,
  body?: string,
): Promise<Shown> {
  const [place] = (await world.places(1)) as [never];
  await world.replica(place);
  const proxy = await world.proxy(place);
  const [caller, direct] = await Promise.all([world.caller(proxy.place), world.caller(place)]);
  const before = [process.memoryUsage.rss(), (await world.stats(direct)).memory] as const;
  const timeout = Math.min(1_500, world.pace.timeout);
  const { perSecond, cut: length, heartbeat, lasting } = world.pace;
  const options = { perSecond: perSecond / 2, lasting: 2 * length + 6 * heartbeat + lasting, timeout };
  const load: Load = world.load(caller, options, body);
  await world.share(0.2);
  await happen(proxy);
  const healed = world.clock.now();
  // What is lost may have to be found lost first: a call with time left tries within its deadline.
  const recovered = await recovery(load, healed, timeout + heartbeat * 4);
  await pause(lasting / 4);
  load.stop();
  await load.settled();
  assertHonest(load);
  assertUnharmed(load, begunWithin(load, recovered));
  const after = [process.memoryUsage.rss(), (await world.stats(direct)).memory] as const;
  if (world.pace.name === 'full') assertBounded(before[0], after[0]); // tests beside this one share the caller's process
  assertBounded(before[1], after[1]);
  const grown = {
    'caller MiB': mebibytes(after[0] - before[0]),
    'replica MiB': mebibytes(after[1] - before[1]),
  };
  return { load, notes: { 'back after': Math.round(recovered - healed), ...grown } };
}

/** When the first call ended well that had begun after the link was whole. */
async function recovery(load: Load, healed: number, within: number): Promise<number> {
  for (const end = healed + within; ;) {
    const good = load.calls.find(
      ({ began, ended, error }) => began >= healed && ended !== undefined && !error,
    );
    if (good?.ended !== undefined) return good.ended;
    const latest = load.calls.at(-1)?.began ?? 0;
    assert.ok(latest < end, `no call succeeded within ${within} ms after the link was whole`);
    await pause(5);
  }
}

function assertBounded(before: number, after: number): void {
  assert.ok(after - before < GROWTH, `the process grew by ${mebibytes(after - before)} MiB`);
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
