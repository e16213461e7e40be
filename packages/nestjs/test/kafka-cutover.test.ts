import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { Load } from './kafka-cutover/load.js';
import { Replica, type Handled } from './kafka-cutover/replica.js';
import { absent, fresh, host, makeTopics, stockClient } from './kafka-stock.js';

beforeEach(({ skip }) => {
  if (absent) skip(absent);
});

/** Polls until `check` no longer throws; processes start slowly on a busy machine. */
async function eventually(check: () => void, within = 40_000): Promise<void> {
  const end = Date.now() + within;
  for (;;) {
    try {
      return check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** A service with its group and topics, under the load of stock clients. */
async function system() {
  const name = fresh('orders');
  const topics = { events: fresh('order_created'), requests: fresh('order.total') };
  await makeTopics(Object.values(topics), 4);
  const handled: Handled = { events: new Map(), requests: new Map() };
  const start = async (kind: 'stock' | 'rookery', rolling = false): Promise<Replica> => {
    const args = [kind, host, name, topics.events, topics.requests, ...(rolling ? ['rolling'] : [])];
    const replica = new Replica(args, handled);
    await replica.ready;
    return replica;
  };
  return { topics, handled, start };
}

async function loadOn(topics: { events: string; requests: string }): Promise<Load> {
  const load = new Load(await stockClient([topics.requests]), topics);
  onTestFinished(() => load.stop());
  return load;
}

/** It has its share of the events. */
const works = (replica: Replica, more = 100): Promise<void> => {
  const before = replica.events;
  return eventually(() => expect(replica.events - before).toBeGreaterThanOrEqual(more));
};

const repeated = (counts: ReadonlyMap<number, number>): number =>
  [...counts.values()].reduce((sum, times) => sum + times - 1, 0);

/** Waits until all is handled and answered; gives what was seen, for people and for checks. */
async function tally(load: Load, { events, requests }: Handled) {
  await load.stop();
  await eventually(() => {
    expect([...load.emitted].filter((n) => !events.has(n))).toEqual([]);
    expect([...load.asked].filter((n) => !load.answered.has(n))).toEqual([]);
  });
  return {
    ...{ emitted: load.emitted.size, handled: events.size, repeated: repeated(events) },
    ...{ asked: load.asked.size, answered: load.answered.size, repeatedRequests: repeated(requests) },
  };
}

test('a stock service under load moves to Rookery and back: nothing lost, nothing repeated', async () => {
  const { topics, handled, start } = await system();
  const before = await start('stock');
  const load = await loadOn(topics);
  await works(before);
  await before.stop();
  const moved = await start('rookery');
  await works(moved);
  await moved.stop();
  const back = await start('stock');
  await works(back);
  const seen = await tally(load, handled);
  console.info('moved at once, and back:', seen);
  expect(seen).toMatchObject({
    handled: seen.emitted,
    repeated: 0,
    answered: seen.asked,
    repeatedRequests: 0,
  });
  await back.stop();
}, 180_000);

test('it moves replica by replica, in one group with stock replicas, and back', async () => {
  const { topics, handled, start } = await system();
  let replicas = [await start('stock'), await start('stock')];
  const load = await loadOn(topics);
  await Promise.all(replicas.map((replica) => works(replica, 50)));
  for (const kind of ['rookery', 'stock'] as const) {
    for (let moved = 0; moved < 2; moved++) {
      await replicas.shift()?.stop();
      replicas = [...replicas, await start(kind, true)];
      await Promise.all(replicas.map((replica) => works(replica, 50)));
    }
  }
  const seen = await tally(load, handled);
  console.info('replica by replica, and back:', seen);
  expect(seen).toMatchObject({
    handled: seen.emitted,
    repeated: 0,
    answered: seen.asked,
    repeatedRequests: 0,
  });
  await Promise.all(replicas.map((replica) => replica.stop()));
}, 240_000);

test('one that is killed is followed by the other kind: nothing is lost, what was in hand comes again', async () => {
  const { topics, handled, start } = await system();
  const before = await start('stock');
  const load = await loadOn(topics);
  // What came while nobody was there is done and noted, so that what comes again is little.
  const caughtUp = async (replica: Replica) => {
    await eventually(() => expect(load.emitted.size - handled.events.size).toBeLessThan(10));
    await works(replica);
  };
  await works(before);
  await caughtUp(before);
  await before.kill();
  const moved = await start('rookery', true);
  await works(moved);
  await caughtUp(moved);
  const ofStock = repeated(handled.events);
  await moved.kill();
  const back = await start('stock');
  await works(back);
  const seen = await tally(load, handled);
  console.info(`killed, moved, killed, back (${ofStock} repeated after stock Nest was killed):`, seen);
  expect(seen).toMatchObject({ handled: seen.emitted, answered: seen.asked });
  // At most what was handled in the time between two notes, 100 ms, and some more on a slow machine.
  expect(seen.repeated - ofStock).toBeLessThan(200);
  await back.stop();
}, 240_000);
