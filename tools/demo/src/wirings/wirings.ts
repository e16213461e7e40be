import type { CallerOrders, ServiceOrders } from '@rookery/testing';
import { rookeryKafka, rookeryRabbitmq } from './rookery.js';
import { stockKafka } from './stock-kafka.js';
import { stockRabbitmq, stockRabbitmqDurable } from './stock-rabbitmq.js';
import type { Wiring } from './wiring.js';

const wirings = {
  'rookery-rabbitmq': rookeryRabbitmq,
  'stock-rabbitmq': stockRabbitmq,
  'stock-rabbitmq-durable': stockRabbitmqDurable,
  'rookery-kafka': rookeryKafka,
  'stock-kafka': stockKafka,
} satisfies Record<string, Wiring>;

export type WiringName = keyof typeof wirings;

/** The wiring that the orders of a process name. */
export function wiringOf({ options }: CallerOrders | ServiceOrders): Wiring {
  const wiring: Wiring | undefined = wirings[options['wiring'] as WiringName];
  if (!wiring) throw new Error(`no such wiring: ${options['wiring']}`);
  return wiring;
}
