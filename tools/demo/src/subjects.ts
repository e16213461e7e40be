import type { BrokeredSubject } from '@rookery/testing';
import { makeTopics } from './wirings/stock-kafka.js';
import type { WiringName } from './wirings/wirings.js';

/** A broker that both work over. */
export type SubjectBroker = 'rabbitmq' | 'kafka';

/** Those to whom the same happens at each broker: stock Nest, and Rookery at the end. */
export const subjects: Readonly<Record<SubjectBroker, readonly BrokeredSubject[]>> = {
  rabbitmq: [
    subject('stock Nest, default', 'stock-rabbitmq'),
    subject('stock Nest, durable', 'stock-rabbitmq-durable'),
    subject('Rookery', 'rookery-rabbitmq'),
  ],
  kafka: [subject('stock Nest', 'stock-kafka', makeTopics), subject('Rookery', 'rookery-kafka')],
};

/** The name of the one that keeps promises. */
export const PROMISING = 'Rookery';

function subject(name: string, wiring: WiringName, prepare?: BrokeredSubject['prepare']): BrokeredSubject {
  const service = new URL('services/service.js', import.meta.url);
  const caller = new URL('services/caller.js', import.meta.url);
  return { name, service, caller, options: { wiring }, ...(prepare && { prepare }) };
}
