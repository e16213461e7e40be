import { BrokerAbsent, faulty, startBroker, type Broker } from '@rookery/brokers';
import { brokeredFaults } from '@rookery/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';

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
  },
  () => (broker ? faulty(broker) : absent),
  { describe, test },
);
