import assert from 'node:assert/strict';
import { CONTROL, type ParkedKey } from '@rookery/core';
import { collect } from '../collect.js';
import type { ConformanceCase } from '../conformance-case.js';
import type { Replica } from '../member.js';
import { deadLetterLog } from '../needs.js';
import type { World } from '../world.js';

/** A service that parks a key whose event fails; what is `broken` fails. */
class Parking {
  readonly broken = new Set<string>();
  readonly tried: string[] = [];
  readonly handled: string[] = [];
  readonly name: string;
  readonly #world: World;

  constructor(world: World) {
    this.name = world.service('parking');
    this.#world = world;
  }

  async replica(): Promise<Replica> {
    const replica = this.#world.replica(this.name, { control: 'anyone', killSwitch: false });
    const orderedRetry = { hold: 1_000, then: 'park' } as const;
    const endpoint = { endpoint: 'move', ordered: true, orderedRetry };
    replica.server.on(['moved'], endpoint, (data) => {
      this.tried.push(String(data));
      if (this.broken.has(String(data))) throw new RangeError(`${String(data)} cannot be moved`);
      this.handled.push(String(data));
    });
    await replica.server.start();
    return replica;
  }

  of(key: string): string[] {
    return this.handled.filter((event) => event.startsWith(key));
  }
}

async function parkedAt({ server }: Replica): Promise<string[]> {
  const letters = await server.deadLetters.list({ parked: true });
  return letters
    .toSorted((a, b) => (a.parked?.order ?? 0) - (b.parked?.order ?? 0))
    .map(({ message }) => String(JSON.parse(String(message.body))));
}

/** Keys that are parked because one of their events cannot be handled. */
export const parkingCases: readonly ConformanceCase[] = [
  {
    name: 'a key whose event is given up is parked: what follows it waits untried, and is handled in its order once released',
    promise: 'order',
    async run(world) {
      const service = new Parking(world);
      service.broken.add('a1');
      const replica = await service.replica();
      const { client } = world.caller({ to: service.name });
      for (const event of ['a0', 'a1', 'b1', 'a2', 'a3', 'b2'])
        await client.publish('moved', event, { key: event.slice(0, 1) });
      await world.eventually(async () => assert.deepEqual(await parkedAt(replica), ['a1', 'a2', 'a3']));
      await world.eventually(() => assert.deepEqual(service.of('b'), ['b1', 'b2']));
      assert.deepEqual([service.of('a'), service.tried.includes('a2')], [['a0'], false]);

      // It says which, and a replay of all leaves it alone.
      const { server, name } = replica;
      const [parked, ...more] = server.describe().events[0]?.parked ?? [];
      assert.deepEqual([parked?.key, parked?.letters, more], ['a', 3, []]);
      const listed = await collect(client.stream(CONTROL.parked, {}, { replica: name }));
      assert.deepEqual(listed, [parked]);
      const left = await collect(server.deadLetters.replay());
      assert.deepEqual(new Set(left.map(({ outcome }) => outcome)), new Set(['left']));

      // What fails again stays, and all behind it.
      const ask = (): Promise<unknown[]> =>
        collect(client.stream(CONTROL.release, { key: 'a' }, { replica: name, idleTimeout: world.patience }));
      const first = (parked as ParkedKey).first;
      const why = 'RangeError: a1 cannot be moved';
      assert.deepEqual(await ask(), [{ begun: true }, { id: first, outcome: 'failed', why }]);
      assert.deepEqual(await parkedAt(replica), ['a1', 'a2', 'a3']);

      service.broken.clear();
      await client.publish('moved', 'a4', { key: 'a' });
      await world.eventually(async () => assert.equal((await parkedAt(replica)).length, 4));
      assert.equal((await ask()).length, 5);
      await client.publish('moved', 'a5', { key: 'a' });
      await world.eventually(() => assert.deepEqual(service.of('a'), ['a0', 'a1', 'a2', 'a3', 'a4', 'a5']));
      assert.deepEqual(await parkedAt(replica), []);
    },
  },
  {
    name: 'once the event that was given up is dropped, the others of its parked key are released without it',
    promise: 'order',
    async run(world) {
      const service = new Parking(world);
      service.broken.add('a1');
      const replica = await service.replica();
      const { client } = world.caller({ to: service.name });
      for (const event of ['a1', 'a2', 'a3']) await client.publish('moved', event, { key: 'a' });
      await world.eventually(async () => assert.deepEqual(await parkedAt(replica), ['a1', 'a2', 'a3']));
      const { deadLetters } = replica.server;
      const [first = ''] = deadLetters.parkedKeys().map((parked) => parked.first);
      assert.equal(await deadLetters.drop({ ids: [first] }), 1);
      const outcomes = await collect(deadLetters.release({ key: 'a' }));
      assert.deepEqual(
        outcomes.map(({ outcome }) => outcome),
        ['handled', 'handled'],
      );
      await client.publish('moved', 'a4', { key: 'a' });
      await world.eventually(() => assert.deepEqual(service.handled, ['a2', 'a3', 'a4']));
    },
  },
  {
    name: 'a key that is parked stays so when its owner dies, and any replica releases it',
    promise: 'order',
    needs: deadLetterLog,
    async run(world) {
      const service = new Parking(world);
      service.broken.add('a1');
      const [victim, bystander] = [await service.replica(), await service.replica()];
      const { client } = world.caller({ to: service.name });
      for (const event of ['a1', 'a2']) await client.publish('moved', event, { key: 'a' });
      await world.eventually(async () => assert.deepEqual(await parkedAt(victim), ['a1', 'a2']));
      await world.kill(victim);
      for (const event of ['a3', 'a4']) await client.publish('moved', event, { key: 'a' });
      await world.eventually(async () =>
        assert.deepEqual(await parkedAt(bystander), ['a1', 'a2', 'a3', 'a4']),
      );
      assert.deepEqual(service.handled, []);
      service.broken.clear();
      const heir = await service.replica();
      await collect(heir.server.deadLetters.release({ key: 'a' }));
      await client.publish('moved', 'a5', { key: 'a' });
      await world.eventually(() => assert.deepEqual(service.handled, ['a1', 'a2', 'a3', 'a4', 'a5']));
      await world.eventually(async () => assert.deepEqual(await parkedAt(bystander), []));
    },
  },
];
