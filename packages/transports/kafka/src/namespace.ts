import { ConfigurationError } from '@rookery/core';
import type { BrokerUrl } from './address.js';

/**
 * The namespace that an option and urls say. It has no dot, so that no namespace is in another one, and no `_`, because Kafka
 * refuses a topic whose name differs from another's only by `_` for a dot.
 *
 * @throws ConfigurationError when they differ, or it cannot be one
 */
export function namespaceOf(option: string | undefined, brokers: readonly BrokerUrl[]): string | undefined {
  const all = [option, ...brokers.map((broker) => broker.namespace)].filter((one) => one !== undefined);
  const [namespace, other] = new Set(all);
  if (other !== undefined)
    throw new ConfigurationError(`namespace is both '${namespace}' and '${other}'; a transport is in one`);
  if (namespace === undefined) return undefined;
  if (!/^[A-Za-z0-9-]{1,40}$/.test(namespace) || namespace === 'rookery')
    throw new ConfigurationError(
      `namespace is '${namespace}'; it has to be 1 to 40 letters, digits or '-', and not 'rookery'`,
    );
  return namespace;
}
