import assert from 'node:assert/strict';
import type { ConformanceCase } from '../conformance-case.js';
import { counted } from '../counted.js';
import { OrderBook, type Numbered } from '../order-book.js';
import type { Member, Replica } from '../member.js';
import type { World } from '../world.js';

/** So many that three replicas all own some. */
const KEYS = counted(8).map((n) => `key ${n}`);

/** Publishes events number `from` to `to` of each key, the keys in turn, none awaited before the next. */
async function publishAll({ client }: Member, from: number, to: number): Promise<void> {
  const accepted: Promise<unknown>[] = [];
  for (let n = from; n <= to; n++) {
    for (const key of KEYS) accepted.push(client.publish('moved', { key, n }, { key }));
  }
  await Promise.all(accepted);
}

/** A replica whose ordered endpoint writes what it handles into the book. */
function mover(world: World, service: string, book: OrderBook, options: { name?: string } = {}): Replica {
  const replica = world.replica(service, options);
  replica.server.on(['moved'], { endpoint: 'move', ordered: true }, (data) => book.handle(data as Numbered));
  return replica;
}

export const orderingCases: readonly ConformanceCase[] = [
  {
    name: 'an ordered endpoint handles the events of one key one after another, in the order in which they were published',
    promise: 'order',
    async run(world) {
      const service = world.service('mover');
      const book = new OrderBook();
      await mover(world, service, book).server.start();
      await publishAll(world.caller(), 1, 10);
      await world.eventually(() => book.assertComplete(KEYS, 10));
      book.assertOnce();
    },
  },
  {
    name: 'three replicas of an ordered endpoint handle the events of one key one after another, in their order',
    promise: 'order',
    async run(world) {
      const service = world.service('mover');
      const book = new OrderBook();
      for (const _ of counted(3)) await mover(world, service, book).server.start();
      await publishAll(world.caller(), 1, 10);
      await world.eventually(() => book.assertComplete(KEYS, 10));
      book.assertOnce();
    },
  },
  {
    name: 'different keys, and events without one, do not wait for each other at an ordered endpoint',
    promise: 'order',
    async run(world) {
      const waiting = Promise.withResolvers<undefined>();
      const handled: unknown[] = [];
      const { caller } = await world.pair((server) =>
        server.on(['moved'], { endpoint: 'move', ordered: true, concurrency: 4 }, async (data) => {
          if (data === 'stuck') await waiting.promise;
          handled.push(data);
        }),
      );
      await caller.client.publish('moved', 'stuck', { key: 'a' });
      await caller.client.publish('moved', 'behind', { key: 'a' });
      for (const n of counted(8)) await caller.client.publish('moved', n, { key: `b${n}` });
      for (const n of counted(8)) await caller.client.publish('moved', `without ${n}`);
      await world.eventually(() => assert.equal(handled.length, 16));
      assert.ok(!handled.includes('behind'), 'it came before the one before it was done');
      waiting.resolve(undefined);
      await world.eventually(() => assert.equal(handled.length, 18));
      assert.ok(handled.indexOf('stuck') < handled.indexOf('behind'));
    },
  },
  {
    name: 'a replica that joins an ordered endpoint and one that leaves take and give keys without a loss, in their order',
    promise: 'order',
    async run(world) {
      const service = world.service('mover');
      const book = new OrderBook();
      const first = mover(world, service, book);
      const second = mover(world, service, book);
      const publisher = world.caller();
      await first.server.start();
      await publishAll(publisher, 1, 4);
      await second.server.start();
      await publishAll(publisher, 5, 8);
      await first.server.close();
      await publishAll(publisher, 9, 12);
      await world.eventually(() => book.assertComplete(KEYS, 12));
      book.assertInOrder();
    },
  },
  {
    name: 'when the owner of a key dies its successor goes on: nothing lost, what is repeated is a suffix',
    promise: 'order',
    async run(world) {
      const service = world.service('mover');
      const book = new OrderBook();
      const victim = mover(world, service, book);
      const heir = mover(world, service, book);
      await victim.server.start();
      await heir.server.start();
      const publisher = world.caller();
      await publishAll(publisher, 1, 4);
      await world.kill(victim);
      await publishAll(publisher, 5, 8);
      await world.eventually(() => book.assertComplete(KEYS, 8));
      book.assertInOrder();
    },
  },
  {
    name: 'an event that fails holds those of its key at an ordered endpoint, and no others, until it succeeds',
    promise: 'order',
    async run(world) {
      const handled: string[] = [];
      let fails = 2;
      const { caller } = await world.pair((server) =>
        server.on(['moved'], { endpoint: 'move', ordered: true }, (data) => {
          if (data === 'a1' && fails-- > 0) throw new Error('not yet');
          handled.push(String(data));
        }),
      );
      for (const event of ['a1', 'a2', 'b1', 'a3'])
        await caller.client.publish('moved', event, { key: event.slice(0, 1) });
      await world.eventually(() => assert.equal(handled.length, 4));
      assert.deepEqual(
        handled.filter((event) => event.startsWith('a')),
        ['a1', 'a2', 'a3'],
      );
    },
  },
  {
    name: 'an event that goes on failing at an ordered endpoint is a dead letter, and then those of its key go on',
    promise: 'order',
    async run(world) {
      const handled: string[] = [];
      const { caller, replica } = await world.pair((server) => {
        const endless = { attempts: Infinity, firstDelay: 5, factor: 1, maxDelay: 5 };
        const held = { endpoint: 'held', ordered: true, retries: endless, orderedRetry: 60 };
        for (const endpoint of [{ endpoint: 'tried', ordered: true }, held]) {
          server.on(['moved'], endpoint, (data) => {
            if (data === 'a1') throw new Error('never');
            handled.push(`${endpoint.endpoint} ${String(data)}`);
          });
        }
      });
      for (const event of ['a1', 'a2']) await caller.client.publish('moved', event, { key: 'a' });
      await world.eventually(() => assert.equal(handled.length, 2));
      const letters = await replica.deadLetters.list();
      assert.deepEqual(new Set(letters.map(({ endpoint }) => endpoint)), new Set(['tried', 'held']));
      assert.deepEqual(new Set(handled), new Set(['tried a2', 'held a2']));
    },
  },
  {
    name: 'large and small events of one key keep their order at an ordered endpoint',
    promise: 'order',
    async run(world) {
      const handled: number[] = [];
      const { caller } = await world.pair((server) =>
        server.on(['moved'], { endpoint: 'move', ordered: true }, (data) => {
          handled.push((data as { n: number }).n);
        }),
      );
      const large = 'x'.repeat(200_000);
      const sent = counted(12).map((n) => ({ n, body: n % 2 === 0 ? large : 'small' }));
      await Promise.all(sent.map((event) => caller.client.publish('moved', event, { key: 'a' })));
      await world.eventually(() => assert.equal(handled.length, sent.length));
      assert.deepEqual(handled, counted(12));
    },
  },
];
