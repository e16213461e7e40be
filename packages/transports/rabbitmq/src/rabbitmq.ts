import type { TransportFactory } from '@rookery/core';
import { SCHEME } from './describe.js';
import { settingsOf, type RabbitmqOptions } from './options.js';
import { RabbitmqTransport } from './transport.js';

/**
 * Requests and events over RabbitMQ.
 *
 *     rookery({ service: 'math', transport: rabbitmq({ url: 'amqp://127.0.0.1:5672' }) })
 *
 * @throws ConfigurationError when an option cannot work
 */
export function rabbitmq(options: RabbitmqOptions): TransportFactory {
  const settings = settingsOf(options);
  return { scheme: SCHEME, create: (host) => new RabbitmqTransport(settings, host) };
}
