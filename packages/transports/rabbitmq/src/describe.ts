import type { TransportDescription } from '@rookery/core';
import { shownUrl } from './connection/explain.js';
import type { Settings } from './options.js';

/** What there is at the broker because of one transport. */
export interface RabbitmqDescription extends TransportDescription {
  readonly exchanges: readonly string[];
  readonly queues: readonly string[];
}

export const SCHEME = 'amqp';

export function describe(
  { urls }: Settings,
  exchanges: readonly string[],
  queues: readonly string[],
): RabbitmqDescription {
  return { scheme: SCHEME, addresses: urls.map(shownUrl), exchanges, queues };
}
