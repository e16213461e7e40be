import { assertCount } from '../admission/declared.js';
import { ConfigurationError } from '../errors/conditions.js';
import { DEFAULT_CONCURRENCY, type EventEndpointOptions, type ServerOptions } from './options.js';

/** How much of an ordered endpoint is taken, for each that is handled at once. */
const ORDERED_SHARE = 4;

/** How many events of an endpoint are handled at once, how many are taken for that, and whether in their order. */
export interface EventWindow {
  readonly concurrency: number;
  readonly prefetch: number;
  readonly ordered: boolean;
}

/** @throws ConfigurationError that names the endpoint, for what cannot work */
export function windowOf(endpoint: EventEndpointOptions, server: ServerOptions): EventWindow {
  const { ordered = false, broadcast = false } = endpoint;
  const name = `of ${endpoint.endpoint} of '${server.service}'`;
  const concurrency = endpoint.concurrency ?? server.concurrency ?? DEFAULT_CONCURRENCY;
  const prefetch = endpoint.prefetch ?? concurrency * (ordered ? ORDERED_SHARE : 1);
  assertCount(`concurrency ${name}`, concurrency, 1);
  assertCount(`prefetch ${name}`, prefetch, concurrency);
  if (ordered && broadcast) {
    throw new ConfigurationError(
      `${endpoint.endpoint} of '${server.service}' is a broadcast and ordered; each replica gets all of a broadcast: choose one`,
    );
  }
  return { concurrency, prefetch, ordered };
}
