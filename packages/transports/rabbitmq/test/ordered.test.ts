import assert from 'node:assert/strict';
import { connect, type ChannelModel } from 'amqplib';
import { afterEach, beforeEach, test } from 'vitest';
import { sharedBroker } from '@rookery/brokers';
import {
  SLOT_COUNT,
  slotOf,
  systemClock,
  systemRandom,
  type Clock,
  type MessageContext,
} from '@rookery/core';
import type { RabbitmqDescription } from '@rookery/rabbitmq';
import { eventually } from '@rookery/testing';
import { cutOff } from './cut-off.js';
import { party } from './parties.js';
import { removeAll } from './remove-all.js';

const PATIENCE = { within: 20_000 };
const broker = sharedBroker('rabbitmq');
const url = 'url' in broker ? broker.url : 'amqp://absent';

/** One key of each slot. */
const KEYS = Array.from({ length: SLOT_COUNT }, (_, slot) => {
  for (let n = 0; ; n++) if (slotOf(`key ${n}`) === slot) return `key ${n}`;
});

interface Moved {
  readonly key: string;
  readonly n: number;
}

let model: ChannelModel | undefined;
let prefix: string;
let parties: ReturnType<typeof party>[];

beforeEach(async ({ skip }) => {
  if ('absent' in broker) skip(broker.absent);
  prefix = `t-${systemRandom.token(10)}`;
  parties = [];
  model = await connect(url);
});
afterEach(async () => {
  if (!model) return;
  await Promise.all(parties.map((one) => one.close()));
  await removeAll(
    url,
    parties.map(({ transport }) => transport),
  );
  await model.close();
});

/** What was handled, over all replicas: of each key in its order, and who handled its last. */
class Book {
  readonly faults: string[] = [];
  readonly done = new Map<string, number[]>();
  readonly owners = new Map<string, string>();
  readonly tokens = new Map<string, number>();

  note({ key, n }: Moved, by: string, { fencingToken }: MessageContext): void {
    const done = this.done.get(key) ?? [];
    // What was handled may be handled again, from any number on; nothing is left out.
    if (n > (done.at(-1) ?? 0) + 1) this.faults.push(`${key}: ${n} after ${done.join(' ')}`);
    const before = this.tokens.get(key) ?? 1;
    if ((fencingToken ?? 0) < before) this.faults.push(`${key}: token ${fencingToken} after ${before}`);
    done.push(n);
    this.done.set(key, done);
    this.owners.set(key, by);
    this.tokens.set(key, fencingToken ?? 0);
  }

  /** Whether each key has all of its events. */
  has(last: number): boolean {
    assert.deepEqual(this.faults, []);
    return KEYS.every((key) => new Set(this.done.get(key)).size === last);
  }

  /** How many slots each replica has handled the last event of. */
  shares(): number[] {
    const counts = new Map<string, number>();
    for (const owner of this.owners.values()) counts.set(owner, (counts.get(owner) ?? 0) + 1);
    return [...counts.values()].sort((a, b) => a - b);
  }
}

type Handle = (data: unknown, context: MessageContext) => unknown;

function member(endpoint: { ordered?: boolean; killSwitch?: object }, handle: Handle, clock?: Clock) {
  const one = party(url, 'stock', { prefix }, clock);
  parties.push(one);
  one.server.on(['moved'], { endpoint: 'move', ...endpoint }, handle);
  return one;
}

let names = 0;
function mover(book: Book, clock?: Clock) {
  const name = `replica ${++names}`;
  const handle: Handle = (data, context) => book.note(data as Moved, name, context);
  return { ...member({ ordered: true }, handle, clock), name };
}

function publisher() {
  const { client } = party(url, undefined, { prefix });
  parties.push(party(url, undefined, { prefix }));
  let n = 0;
  /** The next event of each key. */
  const publishAll = async (): Promise<number> => {
    n++;
    await Promise.all(KEYS.map((key) => client.publish('moved', { key, n }, { key })));
    return n;
  };
  return { client, publishAll };
}

test('replicas that start at once on an empty broker share the slots evenly, and make one baton for each', async () => {
  const book = new Book();
  const replicas = [mover(book), mover(book), mover(book), mover(book)];
  await Promise.all(replicas.map(({ server }) => server.start()));
  const { publishAll } = publisher();
  await eventually(async () => {
    const last = await publishAll();
    await eventually(() => book.has(last), PATIENCE);
    assert.deepEqual(book.shares(), [4, 4, 4, 4]);
  }, PATIENCE);
  const { queues } = replicas[0]!.transport.describe() as RabbitmqDescription;
  await Promise.all(replicas.map((one) => one.close()));
  const channel = await model!.createChannel();
  const batons = queues.find((name) => name.endsWith('.batons.move')) ?? '';
  await eventually(async () => (await channel.checkQueue(batons)).messageCount === SLOT_COUNT);
});

test('replicas come, go and die while events flow: none is lost, all are in order, and the slots are shared evenly again', async () => {
  const book = new Book();
  const { publishAll } = publisher();
  let flowing = true;
  let last = 0;
  const replicas = [mover(book)];
  await replicas[0]!.server.start();
  const flow = (async () => {
    while (flowing) last = await publishAll();
  })();
  const settled = (shares: number[]) =>
    eventually(() => {
      assert.deepEqual(book.shares(), shares);
    }, PATIENCE);
  await settled([16]);
  for (let n = 0; n < 2; n++) {
    const one = mover(book);
    replicas.push(one);
    await one.server.start();
  }
  await eventually(() => {
    assert.equal(book.shares().length, 3);
    assert.ok(book.shares().at(-1)! <= 6, book.shares().join(' '));
  }, PATIENCE);
  await replicas[1]!.close();
  await settled([8, 8]);
  cutOff(replicas[0]!.transport);
  await replicas[0]!.transport.close();
  await settled([16]);
  flowing = false;
  await flow;
  await eventually(() => book.has(last), PATIENCE);
  assert.deepEqual(book.faults, []);
});

test('an endpoint that is paused leaves its slots to others, and takes its share again', async () => {
  const book = new Book();
  let broken = true;
  const tries: string[] = [];
  const failing = { ordered: true, killSwitch: { minimum: 4, pause: 3_000 } };
  const victim = member(failing, (data, context) => {
    tries.push((data as Moved).key);
    if (broken) throw new Error('the database is away');
    book.note(data as Moved, 'victim', context);
  });
  await victim.server.start();
  const { publishAll } = publisher();
  await publishAll();
  await eventually(() => victim.log.some((line) => line.includes('takes no events')), PATIENCE);
  const heir = mover(book);
  await heir.server.start();
  const last = await publishAll();
  await eventually(() => book.has(last), { within: 2_900 });
  assert.deepEqual(book.shares(), [16]);
  broken = false;
  await eventually(async () => {
    const more = await publishAll();
    await eventually(() => book.has(more), PATIENCE);
    assert.deepEqual(book.shares(), [8, 8]);
  }, PATIENCE);
});

test('events with a delay, without a key and with a key come to an ordered endpoint, those with a key to the owner of its slot', async () => {
  const seen: string[] = [];
  const note =
    (name: string): Handle =>
    (data, { fencingToken }) => {
      const [key] = String(data).split(' ');
      seen.push(`${String(data)} ${fencingToken === undefined ? 'unfenced' : `fenced ${name} ${key}`}`);
    };
  for (const name of ['one', 'two']) await member({ ordered: true }, note(name)).server.start();
  const { client } = publisher();
  await client.publish('moved', 'a later', { key: 'a', delay: 150 });
  await client.publish('moved', 'a now', { key: 'a' });
  await client.publish('moved', 'nobody');
  await eventually(() => seen.length === 3, PATIENCE);
  const [first, second] = ['a now', 'a later'].map((data) => seen.find((line) => line.startsWith(data)));
  assert.equal(first?.replace('now', 'later'), second);
  assert.ok(seen.includes('nobody unfenced'));
});

test('an endpoint that becomes ordered, and one that is so no longer, handle what was left in their former queues', async () => {
  const handled = new Map<string, number>();
  const note: Handle = (data) => void handled.set(String(data), (handled.get(String(data)) ?? 0) + 1);
  const { client } = publisher();
  let count = 0;
  const publishTen = async () => {
    for (let n = 0; n < 10; n++, count++) await client.publish('moved', count, n % 2 ? { key: `k${n}` } : {});
  };
  for (const ordered of [false, true, false, true]) {
    const one = member({ ordered }, note);
    await one.server.start();
    await publishTen();
    await eventually(() => assert.equal(handled.size, count), PATIENCE);
    await one.close();
    // Nobody is there: they wait in the queues of the endpoint as it was.
    await publishTen();
  }
  await member({ ordered: false }, note).server.start();
  await eventually(() => assert.equal(handled.size, count), PATIENCE);
  assert.deepEqual(new Set(handled.values()), new Set([1]));
});

test('batons that somebody has deleted are made again, and their tokens are larger', async () => {
  const book = new Book();
  const replicas = [mover(book), mover(book)];
  for (const { server } of replicas) await server.start();
  const { publishAll } = publisher();
  const first = await publishAll();
  await eventually(() => book.has(first), PATIENCE);
  const before = new Map(book.tokens);
  const channel = await model!.createChannel();
  await channel.deleteQueue(`${prefix}.stock.batons.move`);
  await eventually(async () => {
    const last = await publishAll();
    await eventually(() => book.has(last), PATIENCE);
    for (const key of KEYS) assert.ok(book.tokens.get(key)! > before.get(key)!, key);
  }, PATIENCE);
});

test('no baton is held so long that RabbitMQ takes it away with all others', async () => {
  const book = new Book();
  let ahead = 0;
  const clock: Clock = {
    now: () => systemClock.now() + ahead,
    epoch: () => systemClock.epoch(),
    after: (ms, task) => systemClock.after(ms, task),
    defer: (task) => systemClock.defer(task),
  };
  await mover(book, clock).server.start();
  const { publishAll } = publisher();
  const first = await publishAll();
  await eventually(() => book.has(first), PATIENCE);
  const before = new Map(book.tokens);
  ahead = 15 * 60_000;
  await eventually(async () => {
    const last = await publishAll();
    await eventually(() => book.has(last), PATIENCE);
    const renewed = KEYS.filter((key) => book.tokens.get(key)! > before.get(key)!);
    assert.ok(renewed.length >= 4, renewed.join(', '));
  }, PATIENCE);
});
