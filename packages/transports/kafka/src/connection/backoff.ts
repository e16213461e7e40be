import { Backoff } from '@rookery/core';
import type { Surroundings } from './cluster.js';

/** Pauses between tries to reach the brokers, as the options say. */
export function backoffOf({ settings, random }: Surroundings): Backoff {
  const { first, longest } = settings.reconnect;
  return new Backoff(first, longest, random);
}
