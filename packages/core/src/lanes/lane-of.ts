import type { Envelope } from '../envelope/envelope.js';

/** Where an event of an ordered endpoint waits for those before it: with those of its key, or without a key for nobody. */
export function laneOf({ key, id }: Envelope): string {
  return key === undefined ? `id ${id}` : `key ${key}`;
}
