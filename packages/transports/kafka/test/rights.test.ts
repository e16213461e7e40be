import {
  AclOperations,
  AclPermissionTypes,
  Admin,
  ResourcePatternTypes,
  ResourceTypes,
} from '@platformatic/kafka';
import { type Broker, startBroker } from '@rookery/brokers';
import { isRookeryError, type Delivery } from '@rookery/core';
import type { KafkaDescription, KafkaOptions } from '@rookery/kafka';
import { eventually, rejection } from '@rookery/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { event, party, type Party } from './party.js';
import { ask, serve } from './requests.js';

type Operation = 'READ' | 'WRITE' | 'CREATE';
type Resource = 'TOPIC' | 'GROUP';
/** `topic users.` with a dot or a dash at its end is all whose names begin so. */
type Right = readonly [Operation, Resource, string];

const USERS = ['users', 'caller', 'operator', 'made'] as const;

/** What docs/broker-security.md says. */
const SERVER: readonly Right[] = [
  ['READ', 'TOPIC', 'users.created'],
  ['READ', 'TOPIC', 'rookery.users.'],
  ['WRITE', 'TOPIC', 'rookery.users.retry.'],
  ['WRITE', 'TOPIC', 'rookery.users.dead-letters'],
  ['READ', 'TOPIC', 'rookery.replies'],
  ['WRITE', 'TOPIC', 'rookery.replies'],
  ['READ', 'GROUP', 'users'],
  ['READ', 'GROUP', 'rookery.users.requests'],
];
const CLIENT: readonly Right[] = [
  ['WRITE', 'TOPIC', 'users.created'],
  ['WRITE', 'TOPIC', 'rookery.users.requests'],
  ['WRITE', 'TOPIC', 'rookery.users.events'],
  ['READ', 'TOPIC', 'rookery.replies'],
  ['WRITE', 'TOPIC', 'rookery.replies'],
];
const CREATES: readonly Right[] = [
  ['CREATE', 'TOPIC', 'users.created'],
  ['CREATE', 'TOPIC', 'rookery.users.'],
  ['CREATE', 'TOPIC', 'rookery.replies'],
];

let broker: Broker | undefined;
let admin: Admin | undefined;
let absent: string | undefined;
beforeAll(async () => {
  try {
    const users = Object.fromEntries(USERS.map((name) => [name, { password: 'secret' }]));
    broker = await startBroker('kafka', { security: { users, acls: true } });
    admin = new Admin({ clientId: 'operator', bootstrapBrokers: [new URL(broker.url).host] });
  } catch (error) {
    if (!(error instanceof Error && error.name === 'BrokerAbsent')) throw error;
    absent = error.message;
  }
}, 120_000);
afterAll(async () => {
  await admin?.close();
  await broker?.stop();
});

let parties: Party[] = [];
beforeEach(async ({ skip }) => {
  if (absent !== undefined) skip(absent);
  for (const user of USERS) await revoke(user);
});
afterEach(async () => {
  await Promise.all(parties.map(({ transport }) => transport.close()));
  parties = [];
  const topics = (await admin?.listTopics()) ?? [];
  if (topics.length > 0) await admin?.deleteTopics({ topics });
});

const aclOf = (user: string, [operation, resource, name]: Right) => ({
  resourceType: ResourceTypes[resource],
  resourceName: name,
  resourcePatternType: name.endsWith('.') ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
  principal: `User:${user}`,
  host: '*',
  operation: AclOperations[operation],
  permissionType: AclPermissionTypes.ALLOW,
});

async function grant(user: string, rights: readonly Right[]): Promise<void> {
  await admin?.createAcls({ creations: rights.map((right) => aclOf(user, right)) });
  await known(user, (has) => rights.every((right) => has.includes(right.join())));
}

async function revoke(user: string, right?: Right): Promise<void> {
  await admin?.deleteAcls({ filters: [right ? aclOf(user, right) : every(user)] });
  await known(user, (has) => (right ? !has.includes(right.join()) : has.length === 0));
}

const every = (user: string) => ({
  resourceType: ResourceTypes.ANY,
  resourceName: null,
  resourcePatternType: ResourcePatternTypes.ANY,
  principal: `User:${user}`,
  host: null,
  operation: AclOperations.ANY,
  permissionType: AclPermissionTypes.ANY,
});

/** The controller has them at once, the broker a moment later. */
async function known(user: string, check: (has: readonly string[]) => boolean): Promise<void> {
  await eventually(async () => {
    const resources = (await admin?.describeAcls({ filter: every(user) })) ?? [];
    return check(
      resources.flatMap(({ resourceType, resourceName, acls }) =>
        acls.map(({ operation }) =>
          [nameIn(AclOperations, operation), nameIn(ResourceTypes, resourceType), resourceName].join(),
        ),
      ),
    );
  });
}

function nameIn(names: object, value: number): string {
  return Object.entries(names).find(([, each]) => each === value)?.[0] ?? '';
}

function joined(user: string, options: Partial<KafkaOptions> = {}, service?: string): Party {
  const { host } = new URL(broker?.listeners.sasl ?? '');
  const one = party(
    { brokers: `kafka://${user}:secret@${host}`, retryTiers: [50, 60_000], ...options },
    service,
  );
  parties.push(one);
  return one;
}

/** The service `users`, with an endpoint that retries its first event. */
function server(user: string, options: Partial<KafkaOptions> = {}) {
  const one = joined(user, options, 'users');
  serve(one, 'users');
  const seen: Delivery[] = [];
  const take = (delivery: Delivery): void => {
    seen.push(delivery);
    delivery.settle(delivery.attempt === 1 ? { outcome: 'retry', after: 60 } : { outcome: 'accept' });
  };
  const endpoint = { service: 'users', concurrency: 10, patterns: ['users.created'] };
  one.transport.subscribe({ ...endpoint, endpoint: 'mail', broadcast: false }, take);
  const everywhere: Delivery[] = [];
  one.transport.subscribe({ ...endpoint, endpoint: 'cache', broadcast: true }, (delivery) => {
    everywhere.push(delivery);
    delivery.settle({ outcome: 'accept' });
  });
  return { one, seen, everywhere };
}

async function operate(user: string): Promise<void> {
  const { one } = server(user);
  const { topics } = one.transport.describe() as KafkaDescription;
  await admin?.createTopics({ topics: [...topics], partitions: 1, replicas: 1 });
  await eventually(async () => {
    const there = await admin?.listTopics();
    return topics.every((topic) => there?.includes(topic));
  });
}

/** Requests, an event that is retried, a broadcast, one for this service only that is delayed, a dead letter. */
async function allWorks(callers: Party, { one, seen, everywhere }: ReturnType<typeof server>): Promise<void> {
  await one.transport.open();
  expect(await ask(callers, 'users', '1', 10_000)).toBe('1');
  const outcomes = await callers.transport.publish([
    { message: event('users.created', '1') },
    { message: event('users.created', '2'), to: 'users', delay: 100 },
  ]);
  expect(outcomes).toEqual([{ status: 'stored' }, { status: 'stored' }]);
  await eventually(() => seen.length === 4 && everywhere.length === 2, { within: 20_000 });
  expect(seen.map(({ attempt }) => attempt).toSorted()).toEqual([1, 1, 2, 2]);
  const letters = one.transport.deadLetters?.('users');
  await letters?.append('letter', 'why');
  const read: unknown[] = [];
  await letters?.read(
    (id) => read.push(id),
    () => undefined,
  );
  await eventually(() => read.includes('letter'));
}

test('a server and a client with the rights of the table, on topics that are there', async () => {
  await operate('made');
  await grant('users', SERVER);
  await grant('caller', CLIENT);
  await allWorks(joined('caller', { topology: 'none' }), server('users', { topology: 'none' }));
}, 60_000);

test('with the right to create, too, they make what they need', async () => {
  await grant('users', [...SERVER, ...CREATES]);
  await grant('caller', CLIENT);
  await allWorks(joined('caller'), server('users'));
}, 60_000);

const inside = (rights: readonly Right[]): Right[] =>
  rights.map(([operation, resource, name]) => [operation, resource, `staging.${name}`]);
/** On all that begins with it. */
const WHOLE = inside([
  ['READ', 'TOPIC', ''],
  ['WRITE', 'TOPIC', ''],
  ['CREATE', 'TOPIC', ''],
  ['READ', 'GROUP', ''],
]);

test.each([
  ['those of the table on names that begin with it', inside([...SERVER, ...CREATES]), inside(CLIENT)],
  ['those on all that begins with it', WHOLE, WHOLE],
])(
  'in a namespace, the rights are %s',
  async (_, serving, calling) => {
    await grant('users', serving);
    await grant('caller', calling);
    const options = { namespace: 'staging' };
    await allWorks(joined('caller', options), server('users', options));
  },
  60_000,
);

test.each<[Right, RegExp]>([
  [['READ', 'TOPIC', 'users.created'], /'users' has no right to Read the topic users\.created;/],
  [['READ', 'TOPIC', 'rookery.users.'], /no right to Read the topic rookery\.users\.requests;/],
  [['WRITE', 'TOPIC', 'rookery.users.retry.'], /no right to Write the topic rookery\.users\.retry\.50;/],
  [
    ['WRITE', 'TOPIC', 'rookery.users.dead-letters'],
    /no right to Write the topic rookery\.users\.dead-letters;/,
  ],
  [['READ', 'TOPIC', 'rookery.replies'], /no right to Read the topic rookery\.replies;/],
  [['WRITE', 'TOPIC', 'rookery.replies'], /no right to Write the topic rookery\.replies;/],
  [['READ', 'GROUP', 'users'], /no right to (?:Read|Describe) the consumer group/],
  [['READ', 'GROUP', 'rookery.users.requests'], /no right to (?:Read|Describe) the consumer group/],
])('without %j the start of a server names it', async (right, words) => {
  await operate('made');
  await grant(
    'users',
    SERVER.filter((one) => one.join() !== right.join()),
  );
  const { one } = server('users', { topology: 'none' });
  const error = await rejection(one.transport.open());
  if (!isRookeryError(error)) throw error;
  expect(`${error.code}: ${error.message}`).toMatch(/^PERMISSION_DENIED: /);
  expect(error.message).toMatch(words);
});

test('without the right to create, the error names the topics', async () => {
  await grant('users', SERVER);
  const { one } = server('users');
  const error = await rejection(one.transport.open());
  expect(String(error)).toMatch(/rookery\.replies.*cannot be made.*no right to Create/);
});

test('a client without a right hears so from each call, and others are not held up', async () => {
  await operate('made');
  await grant('users', SERVER);
  await server('users').one.transport.open();
  await grant(
    'caller',
    CLIENT.filter(([, , name]) => name === 'rookery.replies'),
  );
  const callers = joined('caller');
  const error = await rejection(ask(callers, 'users', '1', 10_000));
  expect(String(error)).toMatch(/no right to Describe the topic rookery\.users\.requests/);
  const [refused] = await callers.transport.publish([{ message: event('users.created', '1') }]);
  expect(refused).toMatchObject({ status: 'refused', error: { code: 'PERMISSION_DENIED' } });
  await grant('caller', CLIENT);
  await eventually(async () => (await ask(callers, 'users', '2', 2_000)) === '2', { within: 20_000 });
}, 60_000);

test('a right that is taken away later is told of, and all goes on once it is back', async () => {
  await operate('made');
  await grant('users', SERVER);
  await grant('caller', CLIENT);
  const { one } = server('users');
  await one.transport.open();
  const callers = joined('caller');
  expect(await ask(callers, 'users', '1', 10_000)).toBe('1');
  const right: Right = ['READ', 'GROUP', 'rookery.users.requests'];
  await revoke('users', right);
  await eventually(() => one.transport.state.status === 'connecting', { within: 10_000 });
  expect(one.log.join('\n')).toMatch(/no right to Read the consumer group/);
  await grant('users', [right]);
  await eventually(() => one.transport.state.status === 'ready', { within: 20_000 });
  expect(await ask(callers, 'users', '2', 10_000)).toBe('2');
}, 60_000);
