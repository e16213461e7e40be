import assert from 'node:assert/strict';
import { Unrecoverable, type Delivery, type Server, type SubscriptionControl } from '@rookery/core';
import type { ConformanceCase } from '../conformance-case.js';
import { counted } from '../counted.js';
import type { Replica } from '../member.js';
import { Tally } from '../tally.js';
import type { World } from '../world.js';

/** So few tries and so short pauses that a case sees several. */
const KILL_SWITCH = { minimum: 5, threshold: 0.5, window: 60_000, pause: 60, maxPause: 120 };

/** An endpoint that a case settles by hand, and another one whose events say that time has passed. */
class ByHand {
  readonly replica: Replica;
  readonly taken: Delivery[] = [];
  readonly control: SubscriptionControl;
  #passed = 0;

  constructor(world: World, service: string) {
    this.replica = world.replica(service);
    const subscription = { service, endpoint: 'by-hand', patterns: ['happened'], broadcast: false };
    this.control = this.replica.transport.subscribe({ ...subscription, concurrency: 4 }, (delivery) => {
      this.taken.push(delivery);
    });
    this.replica.server.on(['passed'], { endpoint: `passed-${this.replica.name}`, broadcast: true }, () => {
      this.#passed++;
    });
  }

  get data(): unknown[] {
    return this.taken.map(({ message }) => JSON.parse(message.body as string) as unknown);
  }

  /** Resolves when events that were published after all others have come by the same way. */
  async pass(world: World, publish: (pattern: string, data: unknown) => Promise<unknown>): Promise<void> {
    const before = this.#passed;
    for (const n of counted(5)) await publish('passed', n);
    await world.eventually(() => this.#passed === before + 5);
  }

  /** Accepts what it has and has not settled. */
  accept(): void {
    for (const delivery of this.taken) delivery.settle({ outcome: 'accept' });
  }
}

/** What recoverability needs of a medium, and what it promises over each. */
export const recoverabilityCases: readonly ConformanceCase[] = [
  {
    name: 'a subscription that pauses is given nothing until it resumes, and as many as it resumes for',
    promise: 'delivery',
    async run(world) {
      const one = new ByHand(world, world.service('paused'));
      await one.replica.server.start();
      const { client } = world.caller();
      const publish = client.publish.bind(client);
      const sent = counted(20);
      for (const n of sent) await publish('happened', n);
      await world.eventually(() => one.taken.length === 4);
      one.control.pause();
      one.accept();
      await one.pass(world, publish);
      assert.equal(one.taken.length, 4, 'while it is paused');
      for (const allowed of [5, 6]) {
        one.control.resume(1);
        await world.eventually(() => one.taken.length === allowed);
        await one.pass(world, publish);
        assert.equal(one.taken.length, allowed, 'after it has resumed for one');
      }
      one.accept();
      one.control.resume();
      await world.eventually(() => {
        one.accept();
        assert.equal(one.taken.length, sent.length);
      });
      assert.deepEqual(new Set(one.data), new Set(sent));
      assert.deepEqual(new Set(one.taken.map(({ attempt }) => attempt)), new Set([1]));
    },
  },
  {
    name: 'while one replica pauses, another takes the events',
    promise: 'delivery',
    async run(world) {
      const service = world.service('halved');
      const [one, other] = [new ByHand(world, service), new ByHand(world, service)];
      await one.replica.server.start();
      await other.replica.server.start();
      one.control.pause();
      const { client } = world.caller();
      const sent = counted(20);
      for (const n of sent) await client.publish('happened', n);
      await world.eventually(() => {
        other.accept();
        assert.equal(other.taken.length, sent.length);
      });
      assert.deepEqual([one.taken.length, new Set(other.data)], [0, new Set(sent)]);
    },
  },
  {
    name: 'what comes again without counting is the same attempt, and not before its time',
    promise: 'delivery',
    async run(world) {
      const one = new ByHand(world, world.service('uncounted'));
      await one.replica.server.start();
      await world.caller().client.publish('happened', 1);
      const attempts = [
        [1, true],
        [1, true],
        [1, false],
        [2, true],
        [2, false],
      ] as const;
      for (const [index, [attempt, uncounted]] of attempts.entries()) {
        await world.eventually(() => one.taken.length === index + 1);
        const delivery = one.taken[index];
        assert.equal(delivery?.attempt, attempt, `delivery ${index + 1}`);
        const at = one.replica.clock.now();
        delivery.settle({ outcome: 'retry', after: 30, uncounted });
        await world.eventually(() => one.taken.length === index + 2);
        const waited = one.replica.clock.now() - at;
        assert.ok(waited >= 30, `it came again after ${waited} ms`);
      }
      assert.equal(one.taken.at(-1)?.attempt, 3);
      one.accept();
    },
  },
  {
    name: 'a broken database does not empty the queue into the dead letters',
    promise: 'delivery',
    async run(world) {
      let broken = true;
      let tries = 0;
      const handled = new Tally();
      const stateOf = (server: Server) => server.describe().events[0]?.state;
      const { caller, replica } = await world.pair(
        (server) =>
          server.on(['happened'], { endpoint: 'store', concurrency: 4 }, (data) => {
            tries++;
            if (data === 'bad') throw new Unrecoverable('no such order');
            if (broken) throw new Error('no connection to the database');
            handled.add(data);
          }),
        { killSwitch: KILL_SWITCH },
      );
      const states: string[] = [];
      replica.server.watch(({ state }) => states.push(state));
      const sent = counted(60);
      for (const n of sent) await caller.client.publish('happened', n);
      await caller.client.publish('happened', 'bad');
      // Longer than all attempts of an event would last.
      await world.eventually(() => states.filter((state) => state === 'paused').length >= 5);
      // An event has three attempts: without pauses there would have been more than 180 tries.
      assert.ok(tries < 40, `${tries} tries while the database is broken`);
      assert.equal(handled.total, 0);
      broken = false;
      await world.eventually(() => sent.every((n) => handled.count(n) > 0));
      handled.assertEach(sent, 1);
      await world.eventually(() => assert.equal(stateOf(replica.server), 'running'));
      const letters = await world.eventually(async () => {
        const kept = await replica.deadLetters.list();
        assert.ok(kept.length > 0);
        return kept;
      });
      assert.deepEqual(
        letters.map(({ message }) => message.body),
        ['"bad"'],
      );
    },
  },
  {
    name: 'a few that always fail among many do not pause their endpoint',
    promise: 'delivery',
    async run(world) {
      const handled = new Tally();
      const { caller, replica } = await world.pair(
        (server) =>
          server.on(['happened'], { endpoint: 'store' }, (data) => {
            if (Number(data) % 20 === 0) throw new Error('poison');
            handled.add(data);
          }),
        { killSwitch: KILL_SWITCH },
      );
      const states: string[] = [];
      replica.server.watch(({ state }) => states.push(state));
      const sent = counted(60).map((n) => n + 1);
      for (const n of sent) await caller.client.publish('happened', n);
      await world.eventually(async () => assert.equal((await replica.deadLetters.list()).length, 3));
      await world.eventually(() =>
        handled.assertEach(
          sent.filter((n) => n % 20 !== 0),
          1,
        ),
      );
      assert.deepEqual(states, []);
    },
  },
];
