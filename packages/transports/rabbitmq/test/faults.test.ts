import { BrokerAbsent, faulty, startBroker, type Broker } from '@rookery/brokers';
import { brokeredFaults } from '@rookery/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';

/** Replicas share the queue of an endpoint, so that one alone keeps the order. */
const NO_SLOT_OWNERS = 'not built yet: a queue with a single active consumer for each slot';

let broker: Broker | undefined;
let absent = '';

beforeAll(async () => {
  try {
    broker = await startBroker('rabbitmq', { env: {} });
  } catch (error) {
    if (!(error instanceof BrokerAbsent)) throw error;
    absent = error.message;
  }
}, 100_000);
afterAll(() => broker?.stop(), 30_000);

brokeredFaults(
  {
    name: 'rabbitmq',
    service: new URL('fault-service.ts', import.meta.url),
    caller: new URL('fault-caller.ts', import.meta.url),
    gaps: {
      'consumers killed one after another, of three': NO_SLOT_OWNERS,
      'replicas joining and leaving': NO_SLOT_OWNERS,
    },
  },
  () => (broker ? faulty(broker) : absent),
  { describe, test },
);
