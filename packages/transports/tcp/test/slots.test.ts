import { createEnvelope, ownerOf, slotOf, weightOf, type Message } from '@rookery/core';
import { eventually, seededRandom, VirtualClock } from '@rookery/testing';
import { describe, expect, test } from 'vitest';
import type { Consumer } from '../src/events/consumer.js';
import { EventQueue } from '../src/events/event-queue.js';
import type { Outcome } from '../src/frames/ack.js';
import { table } from './document.js';
import { HOST, message, party, Subscriber, subscription } from './parties.js';

const named = (...replicas: string[]) => replicas.map((replica) => ({ replica }));

describe('the owner of a slot', () => {
  test('is one that the protocol says', () => {
    const rows = table('slot', 'replica', 'weight');
    expect(rows.length).toBeGreaterThan(3);
    for (const [slot, replica = '', weight] of rows)
      expect(weightOf(Number(slot), replica)).toBe(Number(weight));
  });

  test('is nobody of none, and does not depend on the order in which replicas are known', () => {
    expect(ownerOf(3, [])).toBeUndefined();
    const replicas = named('a', 'b', 'c', 'd');
    for (let slot = 0; slot < 16; slot++)
      expect(ownerOf(slot, replicas.toReversed())).toBe(ownerOf(slot, replicas));
  });

  test('is each of the replicas equally often', () => {
    const random = seededRandom(11);
    for (const count of [2, 3, 5, 10]) {
      const counts = new Array<number>(count).fill(0);
      const rounds = 1_000;
      for (let round = 0; round < rounds; round++) {
        const replicas = named(...Array.from({ length: count }, () => random.token(8)));
        for (let slot = 0; slot < 16; slot++) {
          const at = replicas.indexOf(ownerOf(slot, replicas) as (typeof replicas)[number]);
          counts[at] = (counts[at] ?? 0) + 1;
        }
      }
      const share = (rounds * 16) / count;
      // The binomial's standard deviation is below 64; five of them.
      for (const one of counts) expect(Math.abs(one - share)).toBeLessThan(320);
    }
  });

  test('is each of replicas whose names differ in the last letter', () => {
    const replicas = named('math-7d9f-0', 'math-7d9f-1', 'math-7d9f-2');
    const owners = Array.from({ length: 3_000 }, (_, slot) => ownerOf(slot, replicas)?.replica);
    for (const { replica } of replicas) {
      const share = owners.filter((owner) => owner === replica).length;
      expect(Math.abs(share - 1_000)).toBeLessThan(130);
    }
  });

  test('stays when another comes or goes', () => {
    const random = seededRandom(12);
    for (let round = 0; round < 200; round++) {
      const replicas = named(...Array.from({ length: 1 + (round % 8) }, () => random.token(8)));
      const newcomer = { replica: random.token(8) };
      for (let slot = 0; slot < 16; slot++) {
        const before = ownerOf(slot, replicas);
        expect([before, newcomer]).toContain(ownerOf(slot, [...replicas, newcomer]));
      }
    }
  });
});

/** A place that keeps what it is given until it is told to settle it. */
class Place implements Consumer {
  readonly replica: string;
  readonly window: number;
  readonly got: string[] = [];
  readonly #settle = new Map<string, (outcome: Outcome) => void>();

  constructor(replica: string, window = 64) {
    this.replica = replica;
    this.window = window;
  }

  deliver({ body }: Message, _attempt: number, settle: (outcome: Outcome) => void): undefined {
    this.got.push(String(body));
    this.#settle.set(String(body), settle);
  }

  settle(body: string, outcome: Outcome = { outcome: 'accept' }): void {
    this.#settle.get(body)?.(outcome);
    this.#settle.delete(body);
  }

  get unsettled(): string[] {
    return [...this.#settle.keys()];
  }
}

/** An event of a slot, or of none. */
function event(body: string, slot?: number): Message {
  const keyed = slot === undefined ? {} : { key: `k${slot}`, slot };
  return { envelope: createEnvelope({ id: body, pattern: 'p', ...keyed }), body };
}

/** The slots of each of two places. */
function slotsOf(one: Place, two: Place): [number[], number[]] {
  const slots = Array.from({ length: 16 }, (_, slot) => slot);
  const ofOne = slots.filter((slot) => ownerOf(slot, [one, two]) === one);
  return [ofOne, slots.filter((slot) => !ofOne.includes(slot))];
}

describe('keyed events', () => {
  const make = () => new EventQueue(new VirtualClock(), () => undefined);

  test('go to the owner of their slot, others to whoever has the fewest', () => {
    const queue = make();
    const [one, two] = [new Place('one'), new Place('two')];
    queue.attach(one);
    queue.attach(two);
    const [ofOne, ofTwo] = slotsOf(one, two);
    for (let slot = 0; slot < 16; slot++) queue.add(event(`${slot}`, slot));
    expect(one.got).toStrictEqual(ofOne.map(String));
    expect(two.got).toStrictEqual(ofTwo.map(String));
    for (let count = 0; count < 20; count++) queue.add(event(`free ${count}`));
    expect(Math.abs(one.unsettled.length - two.unsettled.length)).toBeLessThanOrEqual(1);
  });

  test('wait for an owner whose window is full, and hold up no others', () => {
    const queue = make();
    const [one, two] = [new Place('one', 2), new Place('two', 4)];
    queue.attach(one);
    queue.attach(two);
    const [[slot = 0], [other = 0]] = slotsOf(one, two);
    for (const body of ['a', 'b', 'c', 'd']) queue.add(event(body, slot));
    queue.add(event('x', other));
    queue.add(event('free'));
    expect(one.got).toStrictEqual(['a', 'b']);
    expect(two.got).toStrictEqual(['x', 'free']);
    one.settle('b');
    expect(one.got).toStrictEqual(['a', 'b', 'c']);
    one.settle('a');
    one.settle('c');
    expect(one.got).toStrictEqual(['a', 'b', 'c', 'd']);
    expect(queue.size).toBe(3);
  });

  test('do not starve those without a key: whoever came first goes first', () => {
    const queue = make();
    const one = new Place('one', 1);
    queue.attach(one);
    queue.add(event('first', 1));
    queue.add(event('second'));
    queue.add(event('third', 2));
    queue.add(event('fourth'));
    for (const body of ['first', 'second', 'third', 'fourth']) one.settle(body);
    expect(one.got).toStrictEqual(['first', 'second', 'third', 'fourth']);
  });

  test('go to the new owner in their order, when the old one is gone', () => {
    const queue = make();
    const [one, two] = [new Place('one', 4), new Place('two')];
    queue.attach(one);
    queue.attach(two);
    const [[slot = 0]] = slotsOf(one, two);
    const bodies = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const body of bodies) queue.add(event(body, slot));
    one.settle('b');
    queue.release(one);
    expect(two.got).toStrictEqual(['a', 'c', 'd', 'e', 'f']);
    expect(queue.size).toBe(5);
  });

  test('go to the new owner in their order, once the old one that drains has settled or given back what it has', () => {
    const queue = make();
    const [one, two] = [new Place('one', 4), new Place('two')];
    queue.attach(one);
    queue.attach(two);
    const [[slot = 0, later = 0], [other = 0]] = slotsOf(one, two);
    for (const body of ['a', 'b', 'c', 'd', 'e', 'f']) queue.add(event(body, slot));
    queue.detach(one);
    queue.add(event('g', slot));
    queue.add(event('other', other));
    queue.add(event('later', later));
    expect(two.got).toStrictEqual(['other', 'later']);
    for (const body of ['b', 'c', 'd']) one.settle(body, { outcome: 'return' });
    expect(two.got).toStrictEqual(['other', 'later']);
    one.settle('a');
    expect(two.got).toStrictEqual(['other', 'later', 'b', 'c', 'd', 'e', 'f', 'g']);
  });

  test('of a slot that a newcomer takes follow those that the old owner has', () => {
    const queue = make();
    const [one, two] = [new Place('one'), new Place('two')];
    queue.attach(one);
    const [[kept = 0], [moved = 0]] = slotsOf(one, two);
    queue.add(event('a', moved));
    queue.attach(two);
    queue.add(event('b', moved));
    queue.add(event('c', kept));
    expect(one.got).toStrictEqual(['a', 'c']);
    expect(two.got).toStrictEqual([]);
    one.settle('a');
    expect(two.got).toStrictEqual(['b']);
  });

  test('wait with one that the owner gave back because it has too much', async () => {
    const clock = new VirtualClock();
    const queue = new EventQueue(clock, () => undefined);
    const one = new Place('one');
    queue.attach(one);
    queue.add(event('a', 1));
    one.settle('a', { outcome: 'return' });
    queue.add(event('b', 1));
    queue.add(event('other', 2));
    expect(one.got).toStrictEqual(['a', 'other']);
    await clock.advance(100);
    expect(one.got).toStrictEqual(['a', 'other', 'a', 'b']);
  });

  test('are never lost nor out of order under any coming and going', () => {
    for (let seed = 0; seed < 50; seed++) {
      const random = seededRandom(seed);
      const below = (limit: number) => Math.floor(random.next() * limit);
      const queue = make();
      const places: Place[] = [];
      const leaving: Place[] = [];
      const accepted: string[] = [];
      let published = 0;
      const settleOne = (place: Place) => {
        const body = place.unsettled[0]; // in the order of arrival, as one handler at a time does
        if (body === undefined) return;
        accepted.push(body);
        place.settle(body);
      };
      for (let step = 0; step < 400; step++) {
        const action = below(10);
        const place = places[below(places.length)];
        if (action < 5) {
          const slot = below(16);
          queue.add(event(`${slot}:${published++}`, slot));
        } else if (action < 8) {
          if (place) settleOne(place);
        } else if (action === 8) {
          const newcomer = new Place(random.token(6), 1 + below(4));
          places.push(newcomer);
          queue.attach(newcomer);
        } else if (place) {
          places.splice(places.indexOf(place), 1);
          if (below(2) === 0) queue.release(place);
          else {
            queue.detach(place);
            leaving.push(place);
          }
        }
      }
      for (const place of leaving) while (place.unsettled.length > 0) settleOne(place);
      const last = new Place('last');
      queue.attach(last);
      while (queue.size > 0) for (const place of [...places, last]) settleOne(place);
      expect(accepted.toSorted()).toStrictEqual([...new Set(accepted)].toSorted());
      expect(accepted).toHaveLength(published);
      for (let slot = 0; slot < 16; slot++) {
        const order = accepted
          .filter((body) => body.startsWith(`${slot}:`))
          .map((body) => Number(body.split(':')[1]));
        expect(order).toStrictEqual(order.toSorted((one, two) => one - two));
      }
    }
  });
});

describe('keyed events from several senders', () => {
  test('go to the same owners, this process among them', async () => {
    const got = new Map<string, Subscriber>();
    const join = async (replica: string, services: readonly string[]) => {
      const member = party('audit', {
        replica,
        listen: { host: HOST, port: 0 },
        ...(services.length > 0 ? { services: { audit: services } } : {}),
      });
      const subscriber = new Subscriber();
      got.set(replica, subscriber);
      member.transport.subscribe(subscription('audit'), subscriber.take);
      await member.transport.open();
      return member.transport;
    };
    const first = await join('first', []);
    const second = await join('second', first.describe().addresses);
    const urls = [first, second].flatMap((transport) => transport.describe().addresses);
    const outside = party('caller', { services: { audit: urls } }).transport;
    for (const transport of [second, outside]) {
      await transport.reach({ service: 'audit' });
      const expected = transport === outside ? 2 : 1;
      await eventually(
        () =>
          transport.describe().replicas?.['audit']?.filter(({ state }) => state === 'ready').length ===
          expected,
      );
    }
    const keys = Array.from({ length: 40 }, (_, index) => `key ${index}`);
    for (const transport of [second, outside]) {
      const keyed = (key: string) => message('happened', key, { key, slot: slotOf(key) });
      await transport.publish(keys.map((key) => ({ message: keyed(key) })));
    }
    const total = () => [...got.values()].reduce((sum, { bodies }) => sum + bodies.length, 0);
    await eventually(() => total() === 80);
    for (const [replica, { bodies }] of got) {
      const own = keys.filter((key) => ownerOf(slotOf(key), named('first', 'second'))?.replica === replica);
      expect(own.length).toBeGreaterThan(0);
      expect(bodies.toSorted()).toStrictEqual([...own, ...own].toSorted());
    }
  });
});
