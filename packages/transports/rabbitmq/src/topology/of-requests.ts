import { queue, type Item } from './items.js';

/** Milliseconds after which the queue of a service that nobody serves goes. */
const EXPIRES = 3_600_000;

/**
 * The queue of requests for a service. Its callers declare it as well, so all must agree on what it is: it outlives the broker,
 * the requests in it need not.
 */
export function requests(name: string): Item[] {
  return [queue(name, { 'x-expires': EXPIRES })];
}
