import assert from 'node:assert/strict';
import { slotOf, type MessageContext } from '@rookery/core';
import type { ConformanceCase } from '../conformance-case.js';
import { counted } from '../counted.js';
import { FencedStore } from '../fenced-store.js';
import type { Member, Replica } from '../member.js';
import type { World } from '../world.js';

/** So many that two replicas own some each. */
const KEYS = counted(12).map((n) => `key ${n}`);

/** Publishes event number `n` of each key. */
async function publishOne({ client }: Member, n: number): Promise<void> {
  await Promise.all(KEYS.map((key) => client.publish('moved', { key, n }, { key })));
}

interface Moved {
  readonly key: string;
  readonly n: number;
}

type Handle = (moved: Moved, context: MessageContext, replica: Replica) => unknown;

function mover(world: World, service: string, handle: Handle): Replica {
  const replica = world.replica(service);
  replica.server.on(['moved'], { endpoint: 'move', ordered: true }, (data, context) =>
    handle(data as Moved, context, replica),
  );
  return replica;
}

/** Who takes a key over has a larger fencing token, so that what the old owner writes late can be refused. */
export const fencingCases: readonly ConformanceCase[] = [
  {
    name: 'events with a key have a slot, and at an ordered endpoint a fencing token, which does not fall',
    promise: 'order',
    async run(world) {
      const seen: { slot: number | undefined; token: number | undefined; data: unknown }[] = [];
      const unordered: unknown[] = [];
      const { caller } = await world.pair((server) => {
        server.on(['moved'], { endpoint: 'move', ordered: true }, (data, { slot, fencingToken: token }) => {
          seen.push({ slot, token, data });
        });
        server.on(['moved'], { endpoint: 'log' }, (_, { slot, fencingToken }) => {
          unordered.push([slot, fencingToken]);
        });
      });
      for (const n of counted(3)) await caller.client.publish('moved', n, { key: 'k' });
      await caller.client.publish('moved', 'without');
      await world.eventually(() => assert.deepEqual([seen.length, unordered.length], [4, 4]));
      const tokens = counted(3).map((n) => seen.find(({ data }) => data === n)?.token);
      assert.ok(tokens.every(Number.isSafeInteger), `the tokens are ${tokens.join(', ')}`);
      assert.deepEqual(
        [...tokens].sort((a = 0, b = 0) => a - b),
        tokens,
      );
      assert.deepEqual(new Set(seen.map(({ slot }) => slot)), new Set([slotOf('k'), undefined]));
      assert.equal(seen.find(({ data }) => data === 'without')?.token, undefined);
      assert.deepEqual(
        unordered.filter((one) => (one as unknown[])[1] !== undefined),
        [],
      );
    },
  },
  {
    name: 'a replica that takes keys over, and one that takes them back, have larger fencing tokens than all before',
    promise: 'order',
    async run(world) {
      const service = world.service('mover');
      const store = new FencedStore();
      const done = new Set<string>();
      const write: Handle = ({ key, n }, { fencingToken }, { name }) => {
        assert.ok(store.write(key, fencingToken, name), `the write of ${key}, number ${n}, was refused`);
        done.add(`${key}, number ${n}`);
      };
      const first = mover(world, service, write);
      const second = mover(world, service, write);
      const publisher = world.caller();
      await first.server.start();
      await publishOne(publisher, 1);
      await world.eventually(() => assert.equal(done.size, KEYS.length));
      await second.server.start();
      // It may take a moment until it has its share.
      let n = 1;
      const moved = (): string[] => KEYS.filter((key) => store.ownersOf(key).includes(second.name));
      await world.eventually(async () => {
        await publishOne(publisher, ++n);
        await world.eventually(() => assert.equal(done.size, n * KEYS.length));
        assert.ok(moved().length > 0, 'the second replica has got no key');
      });
      await second.server.close();
      await publishOne(publisher, ++n);
      await world.eventually(() => assert.equal(done.size, n * KEYS.length));
      store.assertRising();
      for (const key of moved())
        assert.deepEqual(store.ownersOf(key).slice(-3), [first.name, second.name, first.name], key);
    },
  },
  {
    name: 'what the owner of a key writes after its successor has is refused by its fencing token',
    promise: 'order',
    async run(world) {
      const service = world.service('mover');
      const store = new FencedStore();
      const done = new Set<string>();
      const stalled = Promise.withResolvers<undefined>();
      const late: boolean[] = [];
      let hanging = 0;
      const victim = mover(world, service, async ({ key, n }, { fencingToken }, { name }) => {
        if (n === 1) done.add(key);
        if (n === 1) return store.write(key, fencingToken, name);
        hanging++;
        await stalled.promise;
        return late.push(store.write(key, fencingToken, name));
      });
      const heir = mover(world, service, ({ key, n }, { fencingToken }, { name }) => {
        assert.ok(store.write(key, fencingToken, name), `the successor's write of ${key} was refused`);
        if (n === 2) done.add(`${key} again`);
      });
      await victim.server.start();
      const publisher = world.caller();
      await publishOne(publisher, 1);
      await world.eventually(() => assert.equal(done.size, KEYS.length));
      await publishOne(publisher, 2);
      await world.eventually(() => assert.equal(hanging, KEYS.length));
      await world.kill(victim);
      await heir.server.start();
      await world.eventually(() => assert.equal(done.size, 2 * KEYS.length));
      stalled.resolve(undefined);
      await world.eventually(() => assert.equal(late.length, KEYS.length));
      assert.ok(!late.includes(true), 'a late write was taken');
      assert.equal(store.refused(victim.name), KEYS.length);
      store.assertRising();
    },
  },
];
