import type { TransportFactory } from '@rookery/core';
import { SCHEME } from './describe.js';
import { settingsOf, type KafkaOptions } from './options.js';
import { KafkaTransport } from './transport.js';

/**
 * Requests and events over Kafka.
 *
 *     rookery({ service: 'math', transport: kafka({ brokers: 'kafka://127.0.0.1:9092' }) })
 *
 * @throws ConfigurationError when an option cannot work
 */
export function kafka(options: KafkaOptions): TransportFactory {
  const settings = settingsOf(options);
  return { scheme: SCHEME, create: (host) => new KafkaTransport(settings, host) };
}
