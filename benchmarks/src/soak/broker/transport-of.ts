import type { TransportFactory } from '@rookery/core';
import { kafka } from '@rookery/kafka';
import { rabbitmq } from '@rookery/rabbitmq';
import type { Meeting } from './commands.js';

/** Partitions of the topic of events, for the three consumers of a soak. */
const PARTITIONS = 6;

/** Milliseconds until Kafka gives the partitions of a consumer that was killed to others; 10,000 is the default. */
const SESSION_TIMEOUT = 3_000;

/** Apart from names, and what Kafka has to be told to have more than one consumer at work, everything is as it is by default. */
export function transportOf({ kind, url, name }: Meeting): TransportFactory {
  return kind === 'rabbitmq'
    ? rabbitmq({ url, prefix: name })
    : kafka({ brokers: url, partitions: { events: PARTITIONS }, sessionTimeout: SESSION_TIMEOUT });
}

/** What is published. */
export function patternOf({ name }: Meeting): string {
  return `${name}.noted`;
}
