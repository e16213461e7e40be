import type { TransportFactory } from '@rookery/core';
import { SCHEME } from './describe.js';
import { settingsOf, type MemoryOptions } from './options.js';
import { MemoryTransport } from './transport.js';

/**
 * The transport within one process: what names the same bus, meets. For the modular monolith, and for tests.
 *
 * @throws ConfigurationError when an option cannot work
 */
export function memory(options: MemoryOptions = {}): TransportFactory {
  const settings = settingsOf(options);
  return { scheme: SCHEME, create: (host) => new MemoryTransport(settings, host) };
}
