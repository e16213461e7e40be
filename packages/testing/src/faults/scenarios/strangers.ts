import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { systemRandom } from '@rookery/core';
import { eventually, pause } from '../../waiting/eventually.js';
import { assertHonest, assertUnharmed } from '../assertions.js';
import type { FaultScenario } from '../fault-scenario.js';
import type { FaultSubject } from '../fault-subject.js';
import type { Place } from '../place.js';
import { REQUESTS } from '../replica-program.js';

/** Bytes of nonsense that one stranger sends, after up to all of a proper beginning. */
const NONSENSE = 32 * 1_024;
/** How many come at once. */
const TOGETHER = 20;
/** Milliseconds between two bytes of one who is slow. */
const DRIP = 50;
/** How many bytes such a one sends slowly. */
const DROPS = 8;

/** What callers see of others who are broken, rude or many. */
export const strangerScenarios: readonly FaultScenario[] = [
  {
    name: 'corrupt bytes',
    shows: 'the connection is ended with a reason, others are unharmed, and the process lives',
    async run(world) {
      const [place] = (await world.places(1)) as [never];
      const replica = await world.replica(place);
      const proxy = await world.proxy(place);
      const load = world.load(await world.caller(place));
      for (const byte of world.subject.fragile) {
        const caller = await world.caller(proxy.place);
        const flipped = proxy.corrupt('up', byte);
        const harmed = world.load(caller, { perSecond: 20, lasting: 500, timeout: 1_500 });
        await Promise.all([flipped, harmed.settled()]);
        assertHonest(harmed);
        await eventually(() => world.logged(replica).length > 0);
        assert.equal(await caller.client.request(REQUESTS.echo, 'again'), 'again');
      }
      await load.settled();
      assertUnharmed(load);
      assert.ok(replica.lives);
      return { load, notes: { reason: world.logged(replica).at(-1) ?? '' } };
    },
  },
  {
    name: 'garbage',
    shows: 'the connection is ended with a reason, others are unharmed, and the process lives',
    async run(world) {
      const [place] = (await world.places(1)) as [never];
      const replica = await world.replica(place);
      const caller = await world.caller(place);
      const { descriptors } = await world.stats(caller);
      const load = world.load(caller);
      const { strangers } = world.pace;
      const { halfGreeting } = world.subject;
      await inGroups(strangers, async (index) => {
        const socket = stranger(place);
        const closed = once(socket, 'close');
        socket.write(halfGreeting.subarray(0, index % (halfGreeting.length + 1)));
        socket.write(nonsense(NONSENSE));
        await closed;
      });
      await load.settled();
      assertUnharmed(load);
      assert.ok(replica.lives);
      const reasons = world.logged(replica);
      assert.ok(reasons.length > 0, 'the log says nothing of it');
      const left = await world.descriptorsBack(caller, descriptors, world.pace.handshake * 2);
      return { load, notes: { strangers, 'descriptors left': left, reason: reasons.at(-1) ?? '' } };
    },
  },
  {
    name: 'connections coming and going',
    shows: 'others are unharmed, and the file descriptors return to where they were',
    async run(world) {
      const [place] = (await world.places(1)) as [Place];
      await world.replica(place);
      const caller = await world.caller(place);
      const before = await world.stats(caller);
      const load = world.load(caller, { lasting: 120_000 });
      const { connections } = world.pace;
      const start = world.clock.now();
      await inGroups(connections, async (index) => {
        if (index % 2 === 0) {
          const visitor = world.member([place]);
          assert.equal(await visitor.client.request(REQUESTS.echo, index), index);
          visitor.client.close();
          await visitor.close();
        } else {
          const socket = stranger(place);
          await once(socket, 'connect');
          socket.resetAndDestroy();
        }
      });
      const perSecond = Math.round((connections * 1_000) / (world.clock.now() - start));
      load.stop();
      await load.settled();
      assertUnharmed(load);
      const left = await world.descriptorsBack(caller, before.descriptors, world.pace.handshake * 2);
      return { load, notes: { connections, perSecond, 'descriptors left': left } };
    },
  },
  loris('slow-loris that does not greet', ({ halfGreeting }) => halfGreeting),
  loris('slow-loris that has greeted', ({ halfMessage }) => halfMessage),
];

/** Many who send the end of these bytes drop by drop, and then no more. */
function loris(name: string, bytesOf: (subject: FaultSubject) => Uint8Array): FaultScenario {
  return {
    name,
    shows: 'others are served meanwhile, and who never finishes what it began is sent away',
    async run(world) {
      const [place] = (await world.places(1)) as [Place];
      await world.replica(place);
      const caller = await world.caller(place);
      const { descriptors } = await world.stats(caller);
      const { strangers, handshake } = world.pace;
      const load = world.load(caller, { lasting: 60_000 });
      const sockets = Array.from({ length: strangers }, () => stranger(place));
      const bytes = bytesOf(world.subject);
      for (const socket of sockets) socket.write(bytes.subarray(0, -DROPS));
      const end = world.clock.now() + handshake * 3;
      for (let byte = bytes.length - DROPS; world.clock.now() < end && !sockets.every(isGone); byte++) {
        await pause(DRIP);
        for (const socket of sockets) if (!isGone(socket)) socket.write(bytes.subarray(byte, byte + 1));
      }
      const stayed = sockets.filter((socket) => !isGone(socket)).length;
      for (const socket of sockets) socket.destroy();
      load.stop();
      await load.settled();
      assertUnharmed(load);
      assert.equal(stayed, 0, `${stayed} of ${strangers} that never finished are still connected`);
      const left = await world.descriptorsBack(caller, descriptors, handshake * 2);
      return { load, notes: { strangers, 'descriptors left': left } };
    },
  };
}

function isGone({ destroyed }: Socket): boolean {
  return destroyed;
}

function stranger(place: Place): Socket {
  const socket = connect(place);
  socket.on('error', () => undefined); // it may be sent away
  socket.resume();
  return socket;
}

function nonsense(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, () => Math.floor(systemRandom.next() * 256));
}

async function inGroups(count: number, one: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < count; index = next++) await one(index);
  };
  await Promise.all(Array.from({ length: TOGETHER }, worker));
}
