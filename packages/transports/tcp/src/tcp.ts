import type { TransportFactory } from '@rookery/core';
import { settingsOf, type TcpOptions } from './options.js';
import { TcpTransport } from './transport.js';

/**
 * Requests and events straight from service to service, over TCP.
 *
 *     rookery({ service: 'math', transport: tcp({ listen: { host: '127.0.0.1', port: 3001 } }) })
 *
 * @throws ConfigurationError when an option cannot work
 */
export function tcp(options: TcpOptions = {}): TransportFactory {
  const settings = settingsOf(options);
  return { scheme: 'tcp', create: (host) => new TcpTransport(settings, host) };
}
