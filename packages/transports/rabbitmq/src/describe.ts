import type { TransportDescription } from '@rookery/core';
import { shownUrl } from './connection/explain.js';
import type { Settings } from './options.js';
import type { Item } from './topology/items.js';

/** What there is at the broker because of one transport. */
export interface RabbitmqDescription extends TransportDescription {
  readonly exchanges: readonly string[];
  /** Those that a replica always makes itself among them. */
  readonly queues: readonly string[];
  readonly topology: readonly Item[];
}

export const SCHEME = 'amqp';

/** @param always queues that this side makes itself in any case */
export function describe(
  { urls }: Settings,
  topology: readonly Item[],
  always: readonly string[],
): RabbitmqDescription {
  const named = (kind: Item['kind']): string[] =>
    topology.filter((item) => item.kind === kind).map(({ name }) => name);
  const queues = [...named('queue'), ...always];
  return { scheme: SCHEME, addresses: urls.map(shownUrl), exchanges: named('exchange'), queues, topology };
}
