import { Admin } from '@platformatic/kafka';
import { sharedBroker } from '@rookery/brokers';
import { isRookeryError, systemRandom, type Delivery } from '@rookery/core';
import { kafka, type KafkaDescription, type KafkaOptions } from '@rookery/kafka';
import { eventually } from '@rookery/testing';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { event, party, type Party } from './party.js';
import { ask } from './requests.js';

const broker = sharedBroker('kafka');
const url = 'url' in broker ? broker.url : 'kafka://127.0.0.1:1';
const admin = new Admin({ clientId: 'raw', bootstrapBrokers: [new URL(url).host] });
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(() => admin.close());

function joined(options: Partial<KafkaOptions>, service?: string): Party {
  const one = party({ brokers: url, retryTiers: [50, 60_000], ...options }, service);
  closing.push(() => one.transport.close());
  return one;
}

interface Environment {
  readonly namespace: string | undefined;
  readonly party: Party;
  /** What came at each endpoint, and at which attempt; it may come twice when the machine is busy. */
  readonly seen: Record<'exact' | 'wild' | 'deeper' | 'everywhere', Set<string>>;
}

/** A service that is called the same, and has the same endpoints, wherever it is. */
function environment(namespace: string | undefined, service: string, word: string): Environment {
  const one = joined({ namespace }, service);
  const seen: Environment['seen'] = {
    ...{ exact: new Set(), wild: new Set() },
    ...{ deeper: new Set(), everywhere: new Set() },
  };
  one.transport.serve(service, ({ body }, _credit, responder) => {
    responder.reply(`${body as string} in ${namespace}`, true);
    return { credit() {}, cancel() {} };
  });
  const take = (endpoint: keyof Environment['seen'], pattern: string): void => {
    const subscription = { service, endpoint, patterns: [pattern], concurrency: 10 };
    one.transport.subscribe(
      { ...subscription, broadcast: endpoint === 'everywhere' },
      (delivery: Delivery) => {
        const { body, envelope } = delivery.message;
        seen[endpoint].add(`${envelope.pattern} ${body as string} ${delivery.attempt}`);
        const first = endpoint === 'exact' && delivery.attempt === 1;
        delivery.settle(first ? { outcome: 'retry', after: 60 } : { outcome: 'accept' });
      },
    );
  };
  take('exact', `order.${word}`);
  take('wild', `*.${word}`);
  take('deeper', `*.*.${word}`);
  take('everywhere', `*.${word}`);
  return { namespace, party: one, seen };
}

describe('environments on one cluster', () => {
  beforeEach(({ skip }) => {
    if ('absent' in broker) skip(broker.absent);
  });

  test('events, requests, replies, retries, dead letters and wildcards of one are nothing for the others', async () => {
    const word = systemRandom.token(8);
    const [service, pattern] = [`users-${word}`, `order.${word}`];
    const all = [`staging-${word}`, `test-${word}`, undefined].map((name) =>
      environment(name, service, word),
    );
    for (const { party } of all) await party.transport.open();
    for (const { namespace, party, seen } of all) {
      const { transport } = joined({ namespace });
      const outcomes = await transport.publish([
        { message: event(pattern, `${namespace}`) },
        { message: event(pattern, 'only'), to: service },
      ]);
      expect(outcomes).toEqual([{ status: 'stored' }, { status: 'stored' }]);
      expect(await ask({ transport, log: [] }, service, 'asked', 10_000)).toBe(`asked in ${namespace}`);
      await party.transport.deadLetters?.(service).append(`${namespace}`, 'letter');
      await eventually(() => expect(seen.exact.size).toBe(4), { within: 20_000 });
    }
    // Found by the same looks as the topics of the others would be.
    const late = `late.once.${word}`;
    for (const { namespace } of all) {
      const { transport } = joined({ namespace });
      await transport.publish([{ message: event(late, `${namespace}`) }]);
    }
    for (const { namespace, seen, party } of all) {
      const events = [`${pattern} ${namespace} 1`, `${pattern} only 1`];
      const expected = {
        exact: new Set([...events, `${pattern} ${namespace} 2`, `${pattern} only 2`]),
        ...{ wild: new Set(events), everywhere: new Set(events) },
        deeper: new Set([`${late} ${namespace} 1`]),
      };
      await eventually(() => expect(seen).toEqual(expected), { within: 20_000 });
      const letters: string[] = [];
      await party.transport.deadLetters?.(service).read(
        (id) => letters.push(id),
        () => undefined,
      );
      expect(letters).toEqual([`${namespace}`]);
    }
  }, 90_000);

  test('topics, groups, what waits and the name of the client are in the namespace', async () => {
    const word = systemRandom.token(8);
    const [service, namespace] = [`users-${word}`, `staging-${word}`];
    const { party: one } = environment(namespace, service, word);
    await one.transport.open();
    const { topics, groups, topology } = one.transport.describe() as KafkaDescription;
    const plain = environment(undefined, service, word).party.transport.describe() as KafkaDescription;
    const inside = (names: readonly string[]) => names.map((name) => `${namespace}.${name}`);
    expect([topics, groups]).toEqual([inside(plain.topics), inside(plain.groups)]);
    expect(topology).toEqual(plain.topology.map((item) => ({ ...item, name: `${namespace}.${item.name}` })));
    const lags = (await one.transport.lag?.()) ?? [];
    expect(lags.map(({ destination }) => destination)).toEqual(
      expect.arrayContaining(inside([`order.${word}`, `rookery.${service}.requests`])),
    );
    expect(lags.filter(({ destination }) => !destination.startsWith(`${namespace}.`))).toEqual([]);
    const described = await admin.describeGroups({ groups: [...groups] });
    const members = [...described.values()].flatMap((group) => [...group.members.values()]);
    expect(members.map(({ clientId }) => clientId)).toEqual(groups.map(() => `${namespace}.rookery`));
    expect(await admin.listTopics()).toEqual(
      expect.arrayContaining(inside([`order.${word}`, 'rookery.replies'])),
    );
  }, 60_000);
});

function topicsOf(options: KafkaOptions): readonly string[] {
  return (party(options).transport.describe() as KafkaDescription).topics;
}

test('a namespace is an option, or the path of the url of any broker', () => {
  const inStaging = ['staging.rookery.replies'];
  expect(topicsOf({ brokers: 'kafka://a', namespace: 'staging' })).toEqual(inStaging);
  expect(topicsOf({ brokers: 'kafkas://me:secret@a:1/staging?sasl=plain' })).toEqual(inStaging);
  expect(topicsOf({ brokers: ['kafka://a', 'kafka://b/staging'] })).toEqual(inStaging);
  expect(topicsOf({ brokers: 'kafka://a/staging', namespace: 'staging' })).toEqual(inStaging);
  expect(topicsOf({ brokers: 'kafka://a/' })).toEqual(['rookery.replies']);
});

test('a group of stock Nest that is kept has the name that it had', () => {
  const one = party({ brokers: 'kafka://a/staging', wires: ['rookery', 'nest'], group: 'users-server' });
  const take = { service: 'users', endpoint: 'e', patterns: ['created'], broadcast: false, concurrency: 1 };
  one.transport.subscribe(take, () => undefined);
  expect((one.transport.describe() as KafkaDescription).groups).toEqual(['staging.users', 'users-server']);
});

test.each<[Omit<KafkaOptions, 'brokers'> & { readonly brokers?: string | string[] }, string]>([
  [{ namespace: '' }, "namespace is ''; it has to be 1 to 40 letters, digits or '-', and not 'rookery'"],
  [{ namespace: 'a.b' }, "namespace is 'a.b';"],
  [{ namespace: 'a_b' }, "namespace is 'a_b';"],
  [{ namespace: 'rookery' }, "namespace is 'rookery';"],
  [{ namespace: 'a'.repeat(41) }, 'it has to be 1 to 40'],
  [{ brokers: 'kafka://a/stag%20ing' }, "namespace is 'stag%20ing';"],
  [{ brokers: 'kafka://me:secret@a:1/b/c' }, "'kafka://a:1' has more behind the port than a namespace;"],
  [{ brokers: 'kafka://a/b', namespace: 'c' }, "namespace is both 'c' and 'b'; a transport is in one"],
  [{ brokers: ['kafka://a/b', 'kafka://a/c'] }, "namespace is both 'b' and 'c'"],
])('%j says what is wrong', (options, words) => {
  const made = (): unknown => {
    try {
      return kafka({ brokers: 'kafka://a', ...options });
    } catch (error) {
      return isRookeryError(error) && error.code === 'CONFIGURATION' ? error.message : error;
    }
  };
  expect(made()).toContain(words);
  expect(made()).not.toContain('secret');
});
