import { Admin } from '@platformatic/kafka';
import { BrokerAbsent, startBroker } from '@rookery/brokers';
import { isRookeryError, type Delivery } from '@rookery/core';
import { eventually, rejection } from '@rookery/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { event, fresh, party, subscribe, type Party } from './party.js';
import { ask, serve } from './requests.js';

// A broker of its own: the topic of replies is everybody's, and is given partitions here.
let broker: Awaited<ReturnType<typeof startBroker>> | undefined;
let admin: Admin | undefined;
let absent = '';
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  try {
    broker = await startBroker('kafka', { env: {} });
    admin = new Admin({ clientId: 'raw', bootstrapBrokers: [new URL(broker.url).host] });
  } catch (error) {
    if (!(error instanceof BrokerAbsent)) throw error;
    absent = error.message;
  }
}, 60_000);
beforeEach(({ skip }) => {
  if (!broker) skip(absent);
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(async () => {
  await admin?.close();
  await broker?.stop();
}, 60_000);

type Options = Omit<Parameters<typeof party>[0], 'brokers'>;

function joined(options: Options, service?: string): Party {
  const one = party({ brokers: broker!.url, ...options }, service);
  closing.push(() => one.transport.close());
  return one;
}

/** A service with a handler of events and requests, not opened yet. */
function serving(options: Options, service: string, pattern: string, seen: unknown[] = []): Party {
  const one = joined(options, service);
  serve(one, service);
  subscribe(one, service, [pattern], (delivery) => {
    seen.push(delivery.message.body);
    delivery.settle({ outcome: 'accept' });
  });
  return one;
}

async function whyNot(one: Party): Promise<string> {
  const error = await rejection(one.transport.open());
  if (!isRookeryError(error) || error.code !== 'CONFIGURATION') throw error;
  return error.message;
}

test('all that is needed is listed without a connection', () => {
  const one = party(
    { brokers: 'kafka://nobody.invalid', replicationFactor: 3, minInSyncReplicas: 2 },
    'shop',
  );
  subscribe(one, 'shop', ['order.created', 'order.*'], () => undefined);
  const { topology } = one.transport.describe();
  const plain = { replicationFactor: 3, 'cleanup.policy': 'delete', 'min.insync.replicas': '2' };
  expect(topology).toContainEqual({
    ...{ kind: 'topic', name: 'order.created' },
    properties: { ...plain, partitions: 2 },
  });
  expect(topology).toContainEqual({
    ...{ kind: 'topic', name: 'rookery.replies' },
    properties: { ...plain, partitions: 4, 'retention.ms': '3600000', 'segment.ms': '600000' },
  });
  expect(topology).toContainEqual({
    ...{ kind: 'topic', name: 'rookery.shop.dead-letters' },
    // Twice the largest body, and 512 KiB.
    properties: {
      ...plain,
      partitions: 1,
      'cleanup.policy': 'compact',
      'max.message.bytes': String(2 * 900 * 1_024 + 512 * 1_024),
    },
  });
  expect(topology).toContainEqual({ kind: 'group', name: 'shop', properties: {} });
});

for (const topology of ['none', 'verify'] as const) {
  test(`what is missing is named, all at once, and nothing is made: ${topology}`, async () => {
    const [service, pattern] = [fresh('careful'), fresh('order')];
    const why = await whyNot(serving({ topology, partitions: { replies: 4 } }, service, pattern));
    expect(why).toContain(`topology is '${topology}'`);
    if (topology === 'verify') {
      expect(why).toContain(`topic 'rookery.${service}.requests' is not there`);
      expect(why).toContain(`topic '${pattern}' is not there`);
    }
    expect(await admin!.listTopics()).not.toContain(pattern);
  });
}

test('what was made is what is needed, and each difference is named', async () => {
  const [service, pattern] = [fresh('exact'), fresh('order')];
  const options: Options = { retryTiers: [1_000], minInSyncReplicas: 1, replicationFactor: 1 };
  const made = serving(options, service, pattern);
  await made.transport.open();
  const { topology = [] } = made.transport.describe();
  // Those are made when they are needed.
  for (const { name, properties } of topology.filter((item) => /retry|dead-letters/.test(item.name))) {
    const { partitions, replicationFactor, ...configs } = properties as Readonly<
      Record<string, string | number>
    >;
    await admin!.createTopics({
      ...{ topics: [name], partitions: Number(partitions), replicas: Number(replicationFactor) },
      configs: Object.entries(configs).map(([config, value]) => ({ name: config, value: String(value) })),
    });
  }
  await serving({ ...options, topology: 'verify' }, service, pattern).transport.open();
  const other = {
    ...{ retryTiers: [1_000], minInSyncReplicas: 2, replicationFactor: 3, topology: 'verify' as const },
    partitions: { events: 3, requests: 5, replies: 7 },
  };
  const why = await whyNot(serving(other, service, pattern));
  expect(why).toContain("topic 'rookery.replies': partitions is 4 and has to be 7");
  expect(why).toContain(`topic 'rookery.${service}.requests': partitions is 2 and has to be 5`);
  expect(why).toContain(`topic '${pattern}': partitions is 2 and has to be 3`);
  expect(why).toContain(`topic '${pattern}': replicationFactor is 1 and has to be 3`);
  expect(why).toContain(`topic '${pattern}': min.insync.replicas is 1 and has to be 2`);
  expect(why).not.toContain('cleanup.policy');
  const compacted = fresh('compacted');
  const configs = [{ name: 'cleanup.policy', value: 'compact' }];
  await admin!.createTopics({ topics: [compacted], partitions: 2, replicas: 1, configs });
  const { transport } = joined({ ...options, topology: 'verify' });
  expect(await transport.publish([{ message: event(compacted, '1') }])).toMatchObject([
    {
      status: 'refused',
      error: { message: expect.stringContaining('cleanup.policy is compact and has to be delete') },
    },
  ]);
});

test('partitions that a topic of events is given are read from their beginning, by groups and by broadcasts', async () => {
  const [service, pattern] = [fresh('grown'), fresh('order')];
  const [seen, broadcast]: [unknown[], unknown[]] = [[], []];
  const one = serving({ discoverInterval: 3_000 }, service, pattern, seen);
  const subscription = { service, endpoint: 'all', patterns: [pattern], broadcast: true, concurrency: 10 };
  one.transport.subscribe(subscription, (delivery: Delivery) => {
    broadcast.push(delivery.message.body);
    delivery.settle({ outcome: 'accept' });
  });
  await one.transport.open();
  const { transport } = joined({});
  const publish = (from: number) =>
    transport.publish(
      Array.from({ length: 40 }, (_, n) => ({ message: event(pattern, `${from + n}`, { key: `k${n}` }) })),
    );
  await publish(0);
  await admin!.createPartitions({ topics: [{ name: pattern, count: 6, assignments: null }] });
  const late = joined({}); // it knows of them at once, and the service does not yet
  const outcomes = await late.transport.publish(
    Array.from({ length: 40 }, (_, n) => ({ message: event(pattern, `${40 + n}`, { key: `k${n}` }) })),
  );
  expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['stored']));
  const second = serving({ discoverInterval: 3_000 }, service, pattern, seen);
  await second.transport.open();
  await eventually(() => expect(new Set(seen).size).toBe(80), { within: 20_000 });
  await eventually(() => expect(new Set(broadcast).size).toBe(80), { within: 20_000 });
}, 60_000);

test('partitions that requests are given are shared out', async () => {
  const service = fresh('asked');
  const replicas = [serving({}, service, fresh('order')), serving({}, service, fresh('order'))];
  for (const { transport } of replicas) await transport.open();
  await admin!.createPartitions({
    topics: [{ name: `rookery.${service}.requests`, count: 5, assignments: null }],
  });
  const caller = joined({});
  // One after another: each goes to the next partition.
  for (let n = 0; n < 10; n++) expect(await ask(caller, service, `${n}`, 10_000)).toBe(`${n}`);
}, 60_000);

test('partitions that the replies are given cost no answer, and it is said that this is not to be done', async () => {
  const service = fresh('answering');
  const one = serving({}, service, fresh('order'));
  await one.transport.open();
  const callers = Array.from({ length: 4 }, () => joined({}));
  for (const caller of callers) expect(await ask(caller, service, 'before', 10_000)).toBe('before');
  await admin!.createPartitions({ topics: [{ name: 'rookery.replies', count: 9, assignments: null }] });
  const late = serving({}, service, fresh('order')); // it knows of them at once
  await late.transport.open();
  await one.transport.close();
  const answers = await Promise.all(callers.map((caller) => ask(caller, service, 'after', 10_000)));
  expect(answers).toEqual(callers.map(() => 'after'));
  for (const { log } of callers)
    await eventually(() => expect(log.join()).toMatch(/replies has been given more partitions, 9 now/));
}, 60_000);
