import { ConfigurationError, type TransportFactory } from '@rookery/core';
import { SCHEME } from './describe.js';
import type { MemoryOptions } from './options.js';
import { MemoryTransport } from './transport.js';

/**
 * The transport within one process: what names the same bus, meets. For the modular monolith, and for tests.
 *
 * @throws ConfigurationError when a limit is not a positive whole number
 */
export function memory(options: MemoryOptions = {}): TransportFactory {
  for (const name of ['maxQueue', 'maxBody'] as const) {
    const value = options[name];
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0))
      throw new ConfigurationError(`memory: ${name} is a positive whole number, not ${value}`);
  }
  return { scheme: SCHEME, create: (host) => new MemoryTransport(options, host) };
}
