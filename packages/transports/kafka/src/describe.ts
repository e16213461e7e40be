import type { TransportDescription } from '@rookery/core';
import { urlOf } from './address.js';
import type { Settings } from './options.js';

export const SCHEME = 'kafka';

/** Which brokers it uses. */
export function describeBrokers({ brokers }: Settings): TransportDescription {
  return { scheme: SCHEME, addresses: brokers.map(urlOf) };
}
