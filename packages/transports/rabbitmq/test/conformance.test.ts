import { connect, type ChannelModel, type Options } from 'amqplib';
import { beforeEach, describe, test } from 'vitest';
import { sharedBroker } from '@rookery/brokers';
import { systemRandom, type Transport, type TransportFactory } from '@rookery/core';
import { rabbitmq, type RabbitmqDescription, type RabbitmqOptions } from '@rookery/rabbitmq';
import { conformance, type Medium, type Subject } from '@rookery/testing';
import { cutOff } from './cut-off.js';
import { removeAll } from './remove-all.js';

const MAX_QUEUE = 500;
const broker = sharedBroker('rabbitmq');
const url = 'url' in broker ? broker.url : 'amqp://absent';

/** One machine has one clock; what waits is waited for. */
const OPTIONS = {
  url,
  maxEvents: MAX_QUEUE,
  maxClockSkew: 0,
  reconnect: { first: 5, longest: 50 },
} satisfies RabbitmqOptions;

/** A prefix of its own for each case, so that none sees what another has left, and a connection beside the transports. */
async function create(): Promise<Medium> {
  const transports: Transport[] = [];
  const factory = rabbitmq({ ...OPTIONS, prefix: `t-${systemRandom.token(10)}` });
  const model = await connect(url);
  const remembered: TransportFactory = {
    ...factory,
    create(host) {
      const transport = factory.create(host);
      transports.push(transport);
      beside.set(transport, model);
      return transport;
    },
  };
  return {
    replica: () => remembered,
    client: () => remembered,
    async close() {
      await model.close();
      await removeAll(url, transports);
    },
  };
}

const beside = new WeakMap<Transport, ChannelModel>();

beforeEach(({ skip }) => {
  if ('absent' in broker) skip(broker.absent);
});

/** Properties of messages whose bodies are anything. */
const MALFORMED: readonly Options.Publish[] = [
  {},
  { type: 'request', correlationId: 'x' },
  { type: 'request', correlationId: 'x', replyTo: 'nobody', headers: { 'rookery-pattern': 7 } },
  {
    type: 'request',
    correlationId: 'x',
    replyTo: 'nobody',
    headers: { 'rookery-pattern': 'echo', 'rookery-timeout': 'x' },
  },
  { type: 'item', correlationId: 'x', contentType: 'application/json' },
  { type: 'reply', correlationId: 'x' },
  { type: 'unheard of', correlationId: 'x', replyTo: 'nobody' },
];

const subject: Subject = {
  name: 'rabbitmq',
  capabilities: {
    maxBody: 1_048_576,
    acceptance: 'stored',
    direct: false,
    wildcards: true,
    delay: true,
    deadLetters: true,
    uploads: true,
  },
  maxQueue: MAX_QUEUE,
  create,
  async kill(transport) {
    cutOff(transport);
    await transport.close();
  },
  // What is no frame and no event, to where it takes both.
  async sendBytes(transport, bytes) {
    const { queues } = transport.describe() as RabbitmqDescription;
    const channel = await beside.get(transport)?.createConfirmChannel();
    for (const queue of queues.filter((name) => name.endsWith('.requests'))) {
      for (const properties of MALFORMED) channel?.sendToQueue(queue, Buffer.from(bytes), properties);
    }
    await channel?.waitForConfirms();
    await channel?.close();
  },
};

conformance(subject, { describe, test });
