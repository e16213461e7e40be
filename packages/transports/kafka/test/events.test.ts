import { Admin, Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';
import { sharedBroker } from '@rookery/brokers';
import { systemClock, type Delivery } from '@rookery/core';
import { eventually } from '@rookery/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { event, fresh, party, subscribe, type Party } from './party.js';

const broker = sharedBroker('kafka');
beforeEach(({ skip }) => {
  if ('absent' in broker) skip(broker.absent);
});

const brokers = 'url' in broker ? broker.url : 'kafka://127.0.0.1:1';
const raw = { clientId: 'raw', bootstrapBrokers: [new URL(brokers).host] };

/** For replicas that share out on a busy machine. */
const BUSY = { within: 25_000 };

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function joined(options: Parameters<typeof party>[0], service?: string): Party {
  const one = party(options, service);
  closing.push(() => one.transport.close());
  return one;
}

async function subscriber(service: string, patterns: readonly string[], options = {}): Promise<Delivery[]> {
  const seen: Delivery[] = [];
  const one = joined({ brokers, ...options }, service);
  subscribe(one, service, patterns, (delivery) => {
    seen.push(delivery);
    delivery.settle({ outcome: 'accept' });
  });
  await one.transport.open();
  return seen;
}

test('an event is a CloudEvent for everybody else', async () => {
  const pattern = fresh('order');
  const { transport } = joined({ brokers }, 'shop');
  const message = event(pattern, '{"n":1}', { key: 'k' });
  const { envelope } = message;
  await transport.publish([
    { message: { ...message, envelope: { ...envelope, source: 'shop', time: 0, headers: { Own: 'ü' } } } },
  ]);
  const consumer = new Consumer({ ...raw, groupId: fresh('outsider'), deserializers: stringDeserializers });
  closing.push(() => consumer.close(true));
  const stream = await consumer.consume({ topics: [pattern], mode: 'earliest' });
  const [read] = await stream.take(1).toArray();
  expect([read.key, read.value]).toEqual(['k', '{"n":1}']);
  expect(Object.fromEntries(read.headers as Map<string, string>)).toEqual({
    ce_specversion: '1.0',
    ce_id: envelope.id,
    ce_source: '/shop',
    ce_type: pattern,
    ce_time: '1970-01-01T00:00:00.000Z',
    ce_partitionkey: 'k',
    'content-type': 'application/json',
    Own: 'ü',
  });
});

test('what somebody else has written is an event, with attributes or without', async () => {
  const pattern = fresh('order');
  const seen = await subscriber(fresh('reader'), [pattern]);
  const producer = new Producer({ ...raw, serializers: stringSerializers });
  closing.push(() => producer.close());
  const attributes = {
    ce_specversion: '1.0',
    ce_id: '7',
    ce_source: 'https://far/away',
    ce_type: 'com.far.Order',
  };
  await producer.send({
    messages: [
      { topic: pattern, key: 'k', value: '{"plain":true}', partition: 0 },
      {
        topic: pattern,
        key: 'k',
        value: '{"cloud":true}',
        partition: 0,
        headers: { ...attributes, own: 'x' },
      },
    ],
  });
  await eventually(() => seen.length === 2);
  const [plain, cloud] = seen.map(({ message }) => message);
  expect([plain?.envelope.id, plain?.envelope.pattern, plain?.body]).toEqual([
    `${pattern}/0/0`,
    pattern,
    '{"plain":true}',
  ]);
  expect(cloud?.envelope).toMatchObject({
    id: '7',
    source: 'https://far/away',
    pattern,
    headers: { own: 'x' },
  });
});

test('a try that waits long is written to a topic of the service, and counted', async () => {
  const pattern = fresh('order');
  const service = fresh('retrying');
  const seen: number[] = [];
  const one = joined({ brokers, retryTiers: [50, 100_000] }, service);
  subscribe(one, service, [pattern], ({ attempt, settle }) => {
    seen.push(attempt);
    if (seen.length === 1) settle({ outcome: 'retry', after: 60, uncounted: true });
    else if (seen.length === 2) settle({ outcome: 'retry', after: 60 });
    else settle({ outcome: 'accept' });
  });
  await one.transport.open();
  await one.transport.publish([{ message: event(pattern, '1') }]);
  await eventually(() => seen.length === 3, BUSY);
  expect(seen).toEqual([1, 1, 2]);
  const admin = new Admin(raw);
  closing.push(() => admin.close());
  expect(await admin.listTopics()).toContain(`rookery.${service}.retry.50`);
});

test('a try that waits when its replica goes is made by another', async () => {
  const pattern = fresh('order');
  const service = fresh('retrying');
  const options = { brokers, retryTiers: [50] };
  const first = joined(options, service);
  const asked = Promise.withResolvers<void>();
  subscribe(first, service, [pattern], ({ settle }) => {
    settle({ outcome: 'retry', after: 500 });
    asked.resolve();
  });
  await first.transport.open();
  await first.transport.publish([{ message: event(pattern, '1') }]);
  await asked.promise;
  await first.transport.close();
  const seen = await subscriber(service, [pattern], options);
  await eventually(() => seen.length === 1, { within: 10_000 });
  expect(seen[0]?.attempt).toBe(2);
});

test('an event that is held back long waits in a topic too', async () => {
  const pattern = fresh('order');
  const seen = await subscriber(fresh('patient'), [pattern], { retryTiers: [50] });
  const { transport } = joined({ brokers });
  const begun = systemClock.now();
  await transport.publish([{ message: event(pattern, '1'), delay: 2_000 }, { message: event(pattern, '2') }]);
  await eventually(() => seen.length === 2, BUSY);
  expect(systemClock.now() - begun).toBeGreaterThanOrEqual(2_000);
  expect(seen.map(({ message, attempt }) => [message.body, attempt])).toEqual([
    ['2', 1],
    ['1', 1],
  ]);
});

test('keys go where the clients of Kafka put them', async () => {
  const pattern = fresh('order');
  const seen = await subscriber(fresh('keyed'), [pattern]);
  const { transport } = joined({ brokers });
  // The hashes of these keys are in the tests of Kafka's own client: -973932308 and -790332482, of 31 bits.
  const keys = { '21': (-973932308 & 0x7fffffff) % 2, foobar: (-790332482 & 0x7fffffff) % 2 };
  await transport.publish(Object.keys(keys).map((key) => ({ message: event(pattern, '1', { key }) })));
  await eventually(() => seen.length === 2);
  for (const { message, native } of seen)
    expect((native as { partition: number }).partition).toBe(keys[message.envelope.key as keyof typeof keys]);
});

test('Kafka refuses nothing while nobody reads', async () => {
  const topic = fresh('unread');
  const admin = new Admin(raw);
  closing.push(() => admin.close());
  await admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 });
  const producer = new Producer({ ...raw, serializers: stringSerializers });
  closing.push(() => producer.close());
  const messages = Array.from({ length: 10_000 }, (_, n) => ({ topic, value: String(n), partition: 0 }));
  for (let count = 0; count < 10; count++) await producer.send({ messages, acks: -1 });
  const [[, [end] = []] = []] = [
    ...(await new Consumer({ ...raw, groupId: 'none' }).listOffsets({ topics: [topic] })),
  ];
  expect(end).toBe(100_000n);
});

test('a replica whose endpoint pauses for long leaves all events to others, and takes its share again', async () => {
  const pattern = fresh('order');
  const service = fresh('pausing');
  const replicas = await Promise.all(
    [1, 2].map(async () => {
      const seen: string[] = [];
      const replica = joined({ brokers, partitions: { events: 4 } }, service);
      const control = subscribe(replica, service, [pattern], ({ message, settle }) => {
        seen.push(String(message.body));
        settle({ outcome: 'accept' });
      });
      await replica.transport.open();
      return { seen, control, log: replica.log };
    }),
  );
  const { transport } = joined({ brokers });
  const publish = async (from: number): Promise<string[]> => {
    const bodies = Array.from({ length: 40 }, (_, n) => String(from + n));
    await transport.publish(bodies.map((body) => ({ message: event(pattern, body, { key: body }) })));
    return bodies;
  };
  const [one, other] = replicas;
  const all = (): string[] => replicas.flatMap(({ seen }) => seen).sort();
  const first: string[] = [];
  // Until the second has come to its partitions, all of it goes to the first.
  const shared = async (): Promise<boolean> => {
    first.push(...(await publish(first.length)));
    await eventually(() => replicas.reduce((sum, { seen }) => sum + seen.length, 0) === first.length, BUSY);
    return replicas.every(({ seen }) => seen.length > 0);
  };
  await eventually(shared, BUSY).catch((error: unknown) => {
    const seen = replicas.map(({ seen, log }) => `${seen.length} seen; ${log.join('; ')}`);
    throw new Error([String(error), ...seen].join('\n'));
  });
  one?.control.pause();
  const before = one?.seen.length;
  const second = await publish(1_000_000);
  await eventually(() => expect(all()).toEqual([...first, ...second].toSorted()), BUSY);
  expect(one?.seen.length).toBe(before);
  one?.control.resume();
  other?.control.pause();
  const third = await publish(2_000_000);
  await eventually(() => expect(all()).toEqual([...first, ...second, ...third].toSorted()), BUSY);
}, 90_000);

test('a replica that computes for longer than its session lasts says that it was taken for dead, and is back', async () => {
  const pattern = fresh('order');
  const service = fresh('computing');
  const session = 1_000;
  const one = joined({ brokers, sessionTimeout: session }, service);
  let times = 0;
  subscribe(one, service, [pattern], ({ settle }) => {
    const end = systemClock.now() + 2 * session;
    if (times++ === 0) while (systemClock.now() < end);
    settle({ outcome: 'accept' });
  });
  await one.transport.open();
  await one.transport.publish([{ message: event(pattern, '1') }]);
  await eventually(() => expect(one.log.join('\n')).toMatch(/lost its \d+ partitions.+stood still/), BUSY);
  expect(one.log.join('\n')).toContain(`sessionTimeout is ${session}`);
  await one.transport.publish([{ message: event(pattern, '2') }]);
  await eventually(() => times >= 2, BUSY);
}, 60_000);

test('an endpoint that stands still holds up no other topic, and takes no more than it may have in hand', async () => {
  const [slow, quick] = [fresh('slow'), fresh('quick')];
  const service = fresh('two');
  const one = joined({ brokers, maxInHand: 20, partitions: { events: 1 } }, service);
  const stuck: Delivery[] = [];
  const seen: Delivery[] = [];
  const base = { service, broadcast: false, concurrency: 1_000 };
  one.transport.subscribe(
    { ...base, endpoint: 'slow', patterns: [slow] },
    (delivery) => void stuck.push(delivery),
  );
  one.transport.subscribe({ ...base, endpoint: 'quick', patterns: [quick] }, (delivery) => {
    seen.push(delivery);
    delivery.settle({ outcome: 'accept' });
  });
  await one.transport.open();
  const { transport } = joined({ brokers });
  for (let n = 0; n < 200; n++)
    await transport.publish([slow, quick].map((pattern) => ({ message: event(pattern, String(n)) })));
  await eventually(() => seen.length === 200);
  // One more fetch may have been under way.
  const inHand = stuck.length;
  expect(inHand).toBeLessThan(200);
  for (let settled = 0; settled < 200; settled++) {
    await eventually(() => stuck.length > settled);
    stuck[settled]?.settle({ outcome: 'accept' });
  }
  expect(stuck.map(({ message }) => Number(message.body))).toEqual(Array.from({ length: 200 }, (_, n) => n));
});

test('what retention has dropped while a service was away is passed over', async () => {
  const pattern = fresh('order');
  const service = fresh('away');
  const first = joined({ brokers, partitions: { events: 1 } }, service);
  subscribe(first, service, [pattern], ({ settle }) => settle({ outcome: 'accept' }));
  await first.transport.open();
  await first.transport.close();
  const { transport } = joined({ brokers });
  const publish = (body: string) => transport.publish([{ message: event(pattern, body) }]);
  for (const body of ['1', '2']) await publish(body);
  const admin = new Admin(raw);
  closing.push(() => admin.close());
  await admin.deleteRecords({ topics: [{ name: pattern, partitions: [{ partition: 0, offset: 1n }] }] });
  const seen = await subscriber(service, [pattern]);
  await eventually(() => seen.length === 1);
  expect(seen[0]?.message.body).toBe('2');
});

test('dead letters are read as they were written, by whoever comes later too', async () => {
  const service = fresh('buried');
  const read = async (): Promise<Map<string, string | undefined>> => {
    const letters = new Map<string, string | undefined>();
    const { transport } = joined({ brokers }, service);
    const take = (id: string, letter: string | undefined) => void letters.set(id, letter);
    await transport.deadLetters?.(service).read(take, () => undefined);
    return letters;
  };
  const { transport } = joined({ brokers }, service);
  const log = transport.deadLetters?.(service);
  const large = 'x'.repeat(1_500_000);
  const early = await read();
  await log?.append('a', '1');
  await log?.append('b', 'ü');
  await log?.append('large', large);
  await log?.append('a', undefined);
  await eventually(() => early.size === 3);
  const expected = new Map([
    ['a', undefined],
    ['b', 'ü'],
    ['large', large],
  ]);
  await eventually(() => expect(early).toEqual(expected));
  expect(await read()).toEqual(expected);
});

test('who publishes to a pattern whose topic Kafka takes for another is told so', async () => {
  const pattern = fresh('user.created');
  const { transport } = joined({ brokers });
  const publish = (to: string) => transport.publish([{ message: event(to, '1') }]);
  expect(await publish(pattern)).toEqual([{ status: 'stored' }]);
  expect(await publish(pattern.replace('user.', 'user_'))).toMatchObject([
    { status: 'refused', error: { code: 'CONFIGURATION' } },
  ]);
});

test('a topic that is deleted is made again by who publishes to it', async () => {
  const pattern = fresh('order');
  const { transport } = joined({ brokers });
  const publish = () => transport.publish([{ message: event(pattern, '1') }]);
  expect(await publish()).toEqual([{ status: 'stored' }]);
  const admin = new Admin(raw);
  closing.push(() => admin.close());
  await admin.deleteTopics({ topics: [pattern] });
  expect(await publish()).toEqual([{ status: 'stored' }]);
});

test.each([
  ['a partition that is none', { partition: 0.5 }],
  ['a time that is none', { timestamp: 'noon' }],
])('%s is refused, and holds up nobody', async (_, wrong) => {
  const { transport } = joined({ brokers });
  const topic = fresh('orders');
  const first = transport.publish([{ message: event(topic, '1') }]);
  const { producer } = transport.unwrap() as {
    producer: { send(record: object): Promise<unknown> };
  };
  await expect(producer.send({ topic, messages: [{ value: 'x', ...wrong }] })).rejects.toThrow(
    expect.objectContaining({ code: 'CONFIGURATION' }),
  );
  expect(await first).toEqual([{ status: 'stored' }]);
  expect(await transport.publish([{ message: event(topic, '2') }])).toEqual([{ status: 'stored' }]);
});
