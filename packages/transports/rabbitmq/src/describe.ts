import type { TransportDescription } from '@rookery/core';
import { shownUrl } from './connection/explain.js';
import type { Settings } from './options.js';
import type { Item } from './topology/items.js';

/** What there is at the broker because of one transport. */
export interface RabbitmqDescription extends TransportDescription {
  readonly exchanges: readonly string[];
  /** Those of this replica alone among them. */
  readonly queues: readonly string[];
  readonly topology: readonly Item[];
}

export const SCHEME = 'amqp';

/** @param ofReplica queues that nobody else needs */
export function describe(
  { urls }: Settings,
  topology: readonly Item[],
  ofReplica: readonly string[],
): RabbitmqDescription {
  const named = (kind: Item['kind']): string[] =>
    topology.filter((item) => item.kind === kind).map(({ name }) => name);
  const queues = [...named('queue'), ...ofReplica];
  return { scheme: SCHEME, addresses: urls.map(shownUrl), exchanges: named('exchange'), queues, topology };
}
