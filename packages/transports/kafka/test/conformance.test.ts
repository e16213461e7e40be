import { Producer } from '@platformatic/kafka';
import { sharedBroker } from '@rookery/brokers';
import { kafka, type KafkaDescription } from '@rookery/kafka';
import { conformance, type Subject } from '@rookery/testing';
import { afterAll, beforeEach, describe, test } from 'vitest';
import { kill } from './kill.js';

const broker = sharedBroker('kafka');
beforeEach(({ skip }) => {
  if ('absent' in broker) skip(broker.absent);
});

const MAX_BODY = 900 * 1024;

const url = 'url' in broker ? broker.url : 'kafka://127.0.0.1:1';
const raw = new Producer({ clientId: 'malformed', bootstrapBrokers: [new URL(url).host] });
afterAll(() => raw.close());

const MALFORMED_HEADERS = [['rookery-frame'], ['rookery-to', 'rookery-frame'], ['', 'ce_id', 'ce_type']];

/** Few partitions, because each topic that is made takes its time; dead replicas are missed soon, and living ones of a busy machine are not. */
const transport = kafka({
  brokers: url,
  partitions: { events: 2, requests: 4, replies: 4 },
  ...{ sessionTimeout: 3_000, heartbeat: 50, commitInterval: 20, discoverInterval: 200 },
  reconnect: { first: 5, longest: 50 },
});

const subject: Subject = {
  name: 'kafka',
  capabilities: {
    maxBody: MAX_BODY,
    acceptance: 'stored',
    direct: false,
    wildcards: true,
    delay: true,
    deadLetters: true,
    uploads: true,
  },
  maxQueue: 500,
  patience: 15_000,
  gaps: {
    'a full queue refuses, and loses nothing of what it took':
      'Kafka stores what nobody has read until its retention is over, and refuses nothing meanwhile (test/events.test.ts)',
  },
  create: () => ({ replica: () => transport, client: () => transport }),
  kill,
  // What is no frame and no event, to where it takes both.
  async sendBytes(receiver, bytes) {
    const { topics } = receiver.describe() as KafkaDescription;
    const own = topics.filter((topic) => topic.endsWith('.requests') || topic === 'rookery.replies');
    const value = Buffer.from(bytes);
    const headers = MALFORMED_HEADERS.map(
      (names) => new Map(names.map((name) => [Buffer.from(name), value.subarray(0, 10_000)])),
    );
    for (const topic of own) {
      await raw.send({ messages: [{ topic, value }] });
      for (const some of headers) await raw.send({ messages: [{ topic, value, headers: some }] });
    }
  },
};

conformance(subject, { describe, test });
