import { afterEach, beforeEach } from 'vitest';
import { sharedBroker } from '@rookery/brokers';
import { systemRandom } from '@rookery/core';
import type { RabbitmqOptions } from '@rookery/rabbitmq';
import { party } from './parties.js';
import { removeAll } from './remove-all.js';

/** For the tests of a file: parties of one system, which leave when a test ends, and what they have declared goes with them. */
export function joining() {
  const broker = sharedBroker('rabbitmq');
  const url = 'url' in broker ? broker.url : 'amqp://absent';
  const prefix = `t-${systemRandom.token(10)}`;
  const all: ReturnType<typeof party>[] = [];
  beforeEach(({ skip }) => {
    if ('absent' in broker) skip(broker.absent);
  });
  afterEach(async () => {
    await Promise.all(all.map((one) => one.close()));
    const transports = all.splice(0).map(({ transport }) => transport);
    if (transports.length > 0) await removeAll(url, transports);
  });
  const join = (service?: string, options: Partial<RabbitmqOptions> = {}): ReturnType<typeof party> => {
    const one = party(url, service, { prefix, ...options });
    all.push(one);
    return one;
  };
  return { url, prefix, join };
}
