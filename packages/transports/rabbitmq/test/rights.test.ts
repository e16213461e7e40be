import { connect } from 'amqplib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Broker, type BrokerUser, startBroker } from '@rookery/brokers';
import { isRookeryError, Unrecoverable, type MessageContext, type Topology } from '@rookery/core';
import type { RabbitmqDescription } from '@rookery/rabbitmq';
import { eventually, rejection } from '@rookery/testing';
import { party } from './parties.js';

type Rights = NonNullable<BrokerUser['rights']>;
/** Regular expressions of whole names, each of which may be left out. */
type Lists = { readonly [K in keyof Rights]: readonly string[] };

const OWN = String.raw`rookery\.users\..*`;
const INBOX = String.raw`rookery\.replica\.inbox\..*`;
const EVERYWHERE = String.raw`rookery\.users\.broadcast\..*`;
const EVENTS = String.raw`rookery\.events`;
const TIERS = String.raw`rookery\.delay\.\d+`;
const BATONS = String.raw`rookery\.users\.batons\..*`;
const BETWEEN = String.raw`rookery\.(retries|orphans)`;
const DEFAULT = String.raw`amq\.default`;

/** What docs/broker-security.md says. */
const PREPARED: Lists = {
  configure: [INBOX, EVERYWHERE],
  write: [DEFAULT, EVENTS, TIERS, EVERYWHERE],
  read: [OWN, INBOX, EVENTS],
};
const SERVER: Lists = {
  configure: [OWN, INBOX, EVENTS, TIERS, BETWEEN],
  write: [DEFAULT, OWN, EVENTS, TIERS, BETWEEN],
  read: [OWN, INBOX, EVENTS, TIERS, BETWEEN],
};
/** As PREPARED, with ordered endpoints. */
const ORDERLY: Lists = {
  configure: [...PREPARED.configure, BATONS],
  write: [...PREPARED.write, BATONS],
  read: PREPARED.read,
};
/** As PREPARED, without broadcast endpoints. */
const SIMPLE: Lists = {
  configure: [INBOX],
  write: [DEFAULT, EVENTS, TIERS],
  read: [OWN, INBOX],
};
const CLIENT: Lists = { configure: [], write: [DEFAULT, EVENTS, TIERS], read: [] };
const OPERATOR = { configure: '^rookery\\.', write: '^rookery\\.', read: '^rookery\\.' };

const rightsOf = ({ configure, write, read }: Lists): Rights => {
  const one = (names: readonly string[]): string => `^(${names.join('|')})$`;
  return { configure: one(configure), write: one(write), read: one(read) };
};
const without = (lists: Lists, right: keyof Lists, name: string): Rights =>
  rightsOf({ ...lists, [right]: lists[right].filter((each) => each !== name) });

/** What the start of a service says that lacks a right, by who has all the others. */
const AT_START: Readonly<Record<string, readonly [Rights, Topology, RegExp]>> = {
  inbox: [without(PREPARED, 'configure', INBOX), 'none', /to configure the queue 'rookery\.replica\.inbox/],
  cache: [
    without(PREPARED, 'configure', EVERYWHERE),
    'none',
    /to configure the queue 'rookery\.users\.broadcast\.cache/,
  ],
  bind: [
    without(PREPARED, 'write', EVERYWHERE),
    'none',
    /to write the queue 'rookery\.users\.broadcast\.cache/,
  ],
  take: [without(PREPARED, 'read', OWN), 'none', /to read the queue 'rookery\.users\./],
  frames: [without(PREPARED, 'read', INBOX), 'none', /to read the queue 'rookery\.replica\.inbox/],
  listen: [without(PREPARED, 'read', EVENTS), 'none', /to read the exchange 'rookery\.events'/],
  answer: [without(PREPARED, 'write', DEFAULT), 'none', /to write the exchange 'amq\.default'/],
  exchange: [
    without(SERVER, 'configure', EVENTS),
    'create',
    /to configure the exchange 'rookery\.events' of the virtual host '\/'; give it by rabbitmqctl set_permissions/,
  ],
  queue: [without(SERVER, 'configure', OWN), 'create', /to configure the queue 'rookery\.users\./],
  between: [
    without(SERVER, 'read', BETWEEN),
    'create',
    /to (configure and )?read the exchange 'rookery\.(retries|orphans)/,
  ],
};

const users: Record<string, BrokerUser> = {
  operator: { password: 'secret', rights: OPERATOR },
  server: { password: 'secret', rights: rightsOf(SERVER) },
  prepared: { password: 'secret', rights: rightsOf(PREPARED) },
  caller: { password: 'secret', rights: rightsOf(CLIENT) },
  mute: { password: 'secret', rights: without(CLIENT, 'write', EVENTS) },
  silent: { password: 'secret', rights: without(CLIENT, 'write', DEFAULT) },
  hasty: { password: 'secret', rights: without(PREPARED, 'write', TIERS) },
  orderly: { password: 'secret', rights: rightsOf(ORDERLY) },
  simple: { password: 'secret', rights: rightsOf(SIMPLE) },
  narrow: { password: 'secret', rights: rightsOf(CLIENT) },
  fallen: { password: 'secret', rights: rightsOf(PREPARED) },
  ...Object.fromEntries(
    Object.entries(AT_START).map(([name, [rights]]) => [name, { password: 'secret', rights }]),
  ),
};

let broker: Broker | undefined;
let absent: string | undefined;
beforeAll(async () => {
  try {
    broker = await startBroker('rabbitmq', { security: { users } });
  } catch (error) {
    if (!(error instanceof Error && error.name === 'BrokerAbsent')) throw error;
    absent = error.message;
    return;
  }
  await makeAll('operator');
}, 120_000);
afterAll(() => broker?.stop());

let parties: ReturnType<typeof party>[] = [];
beforeEach(({ skip }) => {
  if (absent !== undefined) skip(absent);
});
afterEach(async () => {
  await Promise.all(parties.map((one) => one.close()));
  parties = [];
});

/** All that the service needs, made by somebody else: from its own list. */
async function makeAll(
  user: string,
  { server, transport }: Pick<ReturnType<typeof party>, 'server' | 'transport'> = shop(user, 'none'),
): Promise<void> {
  server.declare();
  const { topology } = transport.describe() as RabbitmqDescription;
  const model = await connect(addressOf(user));
  const channel = await model.createChannel();
  for (const item of topology) {
    if (item.kind === 'exchange')
      await channel.assertExchange(item.name, item.properties.type, item.properties);
    else if (item.kind === 'queue') await channel.assertQueue(item.name, item.properties);
    else await channel.bindQueue(item.properties.queue, item.properties.source, item.properties.routingKey);
  }
  await model.close();
}

function addressOf(user: string): string {
  return `amqp://${user}:secret@${new URL(broker?.url ?? '').host}`;
}

function joined(user: string, topology: Topology, service?: string) {
  const one = party(addressOf(user), service, { topology, startTimeout: 20_000 });
  parties.push(one);
  return one;
}

/** The service `users`, with an endpoint that retries each event and gives up some. */
function shop(user: string, topology: Topology) {
  const one = joined(user, topology, 'users');
  const seen: string[] = [];
  one.server.handle('echo', (data) => data);
  one.server.handle('count', async function* () {
    for (let n = 0; n < 3; n++) yield await Promise.resolve(n);
  });
  const mail = (data: unknown, { attempt }: MessageContext): void => {
    seen.push(`mail ${String(data)} ${attempt}`);
    if (data === 'bad') throw new Unrecoverable('never');
    if (attempt === 1) throw new Error('not yet');
  };
  one.server.on(['users.*'], { endpoint: 'mail', retries: { immediate: 0, firstDelay: 10 } }, mail);
  one.server.on(['users.*'], { endpoint: 'cache', broadcast: true }, (data) => {
    seen.push(`cache ${String(data)}`);
  });
  return { ...one, seen };
}

/** Requests, a stream, events that are retried, delayed, given up, and heard by every replica. */
async function allWorks({ client }: ReturnType<typeof party>, one: ReturnType<typeof shop>): Promise<void> {
  await one.server.start();
  expect(await client.request('echo', 1, { to: 'users' })).toBe(1);
  const counted: unknown[] = [];
  for await (const n of client.stream('count', undefined, { to: 'users' })) counted.push(n);
  expect(counted).toEqual([0, 1, 2]);
  await client.publish('users.created', 'a');
  await client.publish('users.created', 'b', { to: 'users', delay: 50 });
  await client.publish('users.created', 'bad');
  const all = [
    'cache a',
    'cache b',
    'cache bad',
    'mail a 1',
    'mail a 2',
    'mail b 1',
    'mail b 2',
    'mail bad 1',
  ];
  await eventually(() => expect(one.seen.toSorted()).toEqual(all), { within: 15_000 });
  await eventually(async () => (await one.deadLetters.list()).length > 0);
}

test('a service with the rights of the table, on what was made before, and a client', async () => {
  await allWorks(joined('caller', 'none'), shop('prepared', 'none'));
});

test('a service that makes what it needs, and a client', async () => {
  await allWorks(joined('caller', 'none'), shop('server', 'create'));
});

test.each(Object.entries(AT_START))(
  'without a right (%s) the start of a service names it',
  async (user, [, topology, words]) => {
    const error = await rejection(shop(user, topology).server.start());
    if (!isRookeryError(error)) throw error;
    expect(error.code).toBe('PERMISSION_DENIED');
    expect(error.message).toMatch(new RegExp(`the user '${user}' has no right ${words.source}`));
  },
);

test('without broadcast endpoints, a service needs less', async () => {
  const one = joined('simple', 'none', 'users');
  const seen: unknown[] = [];
  one.server.handle('echo', (data) => data);
  one.server.on(['users.*'], { endpoint: 'mail' }, (data) => void seen.push(data));
  await one.server.start();
  const { client } = joined('caller', 'none');
  expect(await client.request('echo', 1, { to: 'users' })).toBe(1);
  await client.publish('users.created', 'a');
  await eventually(() => seen.includes('a'));
});

test('with ordered endpoints, a service also makes their batons', async () => {
  const orderly = (user: string) => {
    const one = joined(user, user === 'operator' ? 'create' : 'none', 'users');
    const seen: unknown[] = [];
    one.server.on(['users.*'], { endpoint: 'ledger', ordered: true }, (data) => void seen.push(data));
    return { ...one, seen };
  };
  await makeAll('operator', orderly('operator'));
  const { server, seen } = orderly('orderly');
  await server.start();
  const { client } = joined('caller', 'none');
  for (const data of [1, 2]) await client.publish('users.created', data, { key: 'k' });
  await eventually(() => seen.length === 2);
  expect(seen).toEqual([1, 2]);
});

test('topic permissions narrow down what a client may publish', async () => {
  const only = String.raw`^all\.[^.]+\.users\.created$`;
  await broker?.ctl('set_topic_permissions', 'narrow', 'rookery.events', only, '^$');
  const { client } = joined('narrow', 'none');
  await client.publish('users.created', 'a');
  const error = await rejection(client.publish('users.deleted', 'a'));
  expect(String(error)).toMatch(
    /'narrow' has no topic permission to write 'all\.-\.users\.deleted' at the exchange 'rookery\.events'/,
  );
});

test('a client that may not publish hears so, and its requests go on', async () => {
  await shop('prepared', 'none').server.start();
  const { client } = joined('mute', 'none');
  for (const data of [1, 2]) {
    const error = await rejection(client.publish('users.created', data));
    if (!isRookeryError(error)) throw error;
    expect(error.code).toBe('PERMISSION_DENIED');
    expect(error.message).toMatch(/'mute' has no right to write the exchange 'rookery\.events'/);
  }
  expect(await client.request('echo', 1, { to: 'users' })).toBe(1);
});

test('a client that may not send requests hears so', async () => {
  await shop('prepared', 'none').server.start();
  const error = await rejection(joined('silent', 'none').client.request('echo', 1, { to: 'users' }));
  expect(String(error)).toMatch(/'silent' has no right to write the exchange 'amq\.default'/);
});

test('a service that may not use the delay tiers says so in the log', async () => {
  const { client } = joined('caller', 'none');
  const hasty = shop('hasty', 'none');
  await hasty.server.start();
  await client.publish('users.created', 'a');
  const said = /could not be moved.*'hasty' has no right to write the exchange 'rookery\.delay\.25'/;
  await eventually(() => hasty.log.some((line) => said.test(line)));
});

test('a right that is taken away later is told of, and all goes on once it is back', async () => {
  const one = shop('fallen', 'none');
  await one.server.start();
  const { configure, write, read } = rightsOf(PREPARED);
  await broker?.ctl('set_permissions', 'fallen', '^$', '^$', '^$');
  const { client } = joined('caller', 'none');
  await rejection(client.request('echo', 1, { to: 'users', timeout: 1_000 }));
  await eventually(() => one.log.some((line) => line.includes('no right to write the exchange')));
  await broker?.ctl('set_permissions', 'fallen', configure, write, read);
  await eventually(async () => (await client.request('echo', 2, { to: 'users', timeout: 1_000 })) === 2, {
    within: 20_000,
  });
}, 60_000);
