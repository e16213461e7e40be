import { Admin } from '@platformatic/kafka';
import { sharedBroker } from '@rookery/brokers';
import { isRookeryError, type Delivery } from '@rookery/core';
import { eventually, rejection } from '@rookery/testing';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { event, fresh, party, subscribe, type Party } from './party.js';
import { ask, serve } from './requests.js';

const broker = sharedBroker('kafka');
const brokers = 'url' in broker ? broker.url : 'kafka://127.0.0.1:1';
const admin = new Admin({ clientId: 'raw', bootstrapBrokers: [new URL(brokers).host] });
const closing: (() => Promise<unknown>)[] = [];

beforeEach(({ skip }) => {
  if ('absent' in broker) skip(broker.absent);
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(() => admin.close());

function joined(service?: string): Party {
  const one = party({ brokers, maxBody: 4_000_000 }, service);
  closing.push(() => one.transport.close());
  return one;
}

async function topicOf(size: number, name = fresh('sized')): Promise<string> {
  const configs = [{ name: 'max.message.bytes', value: String(size) }];
  await admin.createTopics({ topics: [name], partitions: 1, replicas: 1, configs });
  return name;
}

function limit(topic: string, size: number): Promise<void> {
  const configs = [{ name: 'max.message.bytes', value: String(size), configOperation: 0 as const }];
  return admin.incrementalAlterConfigs({ resources: [{ resourceType: 2, resourceName: topic, configs }] });
}

const body = (size: number) => JSON.stringify('x'.repeat(size - 2));
const codes = (outcomes: readonly { status: string; error?: { code: string } }[]) =>
  outcomes.map(({ status, error }) => error?.code ?? status);

test('an event that the topic does not take is refused before it is sent, and others are not', async () => {
  const topic = await topicOf(20_000);
  const { transport } = joined();
  const bodies = [1_000, 30_000, 19_000, 2_000].map(body);
  const outcomes = await transport.publish(bodies.map((each) => ({ message: event(topic, each) })));
  expect(codes(outcomes)).toEqual(['stored', 'PAYLOAD_TOO_LARGE', 'stored', 'stored']);
  expect(outcomes[1]).toMatchObject({ error: { message: expect.stringMatching(/takes at most 20000/) } });
  // Many small ones are more than the topic takes at once.
  const many = Array.from({ length: 200 }, () => ({ message: event(topic, body(1_000)) }));
  expect(new Set(codes(await transport.publish(many)))).toEqual(new Set(['stored']));
});

test('a limit that is lowered later is the refusal of the broker: of what is too large, and of nothing else', async () => {
  const topic = await topicOf(100_000);
  const { transport, log } = joined();
  expect(codes(await transport.publish([{ message: event(topic, body(50_000)) }]))).toEqual(['stored']);
  await limit(topic, 10_000);
  const bodies = [1_000, 50_000, ...Array.from({ length: 30 }, () => 900), 2_000].map(body);
  const outcomes = codes(await transport.publish(bodies.map((each) => ({ message: event(topic, each) }))));
  expect(outcomes.filter((code) => code !== 'stored')).toEqual(['PAYLOAD_TOO_LARGE']);
  expect(outcomes[1]).toBe('PAYLOAD_TOO_LARGE');
  expect(transport.state.status).toBe('ready');
  expect(log.filter((line) => line.includes('cannot be reached'))).toEqual([]);
  await limit(topic, 200_000);
  await eventually(async () =>
    expect(codes(await transport.publish([{ message: event(topic, body(150_000)) }]))).toEqual(['stored']),
  );
});

test('what is larger than a fetch arrives, where the topic takes it', async () => {
  const [topic, service] = [await topicOf(4_200_000), fresh('reader')];
  const seen: Delivery[] = [];
  const one = joined(service);
  subscribe(one, service, [topic], (delivery) => {
    seen.push(delivery);
    delivery.settle({ outcome: 'accept' });
  });
  await one.transport.open();
  const sizes = [10, 3_000_000, 10, 4_000_000, 10];
  const outcomes = await one.transport.publish(sizes.map((size) => ({ message: event(topic, body(size)) })));
  expect(new Set(codes(outcomes))).toEqual(new Set(['stored']));
  await eventually(() => expect(seen.map(({ message }) => message.body?.length)).toEqual(sizes));
});

test('a request or an answer that a topic does not take ends its call at once', async () => {
  const service = fresh('sized');
  await topicOf(20_000, `rookery.${service}.requests`);
  const one = joined(service);
  serve(one, service);
  await one.transport.open();
  const caller = joined();
  const refused = await rejection(ask(caller, service, body(30_000), 20_000));
  expect(String(refused)).toMatch(/PAYLOAD_TOO_LARGE/);
  expect(await ask(caller, service, body(1_000), 20_000)).toBe(body(1_000));
  // The topic of replies takes about 1 MiB.
  await limit(`rookery.${service}.requests`, 3_000_000);
  const large = joined(fresh('large'));
  const answer = await rejection(ask(large, service, body(2_000_000), 20_000));
  expect(String(answer)).toMatch(/PAYLOAD_TOO_LARGE.*rookery\.replies/s);
  expect(isRookeryError(answer) && answer.code === 'DEADLINE_EXCEEDED').toBe(false);
});

test('a dead letter is kept of the largest event', async () => {
  const service = fresh('given up');
  const { transport } = party({ brokers }, service);
  closing.push(() => transport.close());
  // As JSON within JSON it takes twice its size.
  const letter = JSON.stringify({ body: JSON.stringify('"'.repeat(transport.capabilities.maxBody / 2 - 2)) });
  await transport.deadLetters!(service).append('a', letter);
  const read = new Map<string, string | undefined>();
  await transport.deadLetters!(service).read(
    (id, text) => void read.set(id, text),
    () => undefined,
  );
  expect(read.get('a')).toBe(letter);
});
