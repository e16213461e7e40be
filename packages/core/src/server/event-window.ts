import { assertCount, assertMilliseconds } from '../admission/declared.js';
import { ConfigurationError } from '../errors/conditions.js';
import type { PolicyDescription, PolicyValues } from '../policies/describe.js';
import { DEFAULT_CONCURRENCY, type EventEndpointOptions, type ServerOptions } from './options.js';

/** How many of an ordered endpoint are taken for each that is handled at once. */
const AHEAD = 4;
const ORDERED_RETRY = 30_000;

/** How many events of an endpoint are handled at once, how many are taken for that, and whether in their order. */
export interface EventWindow {
  readonly concurrency: number;
  readonly prefetch: number;
  readonly ordered: boolean;
  /** Milliseconds. */
  readonly orderedRetry: number;
  /** Whether a key is parked then. */
  readonly parks: boolean;
  readonly described: readonly PolicyDescription[];
}

/** @throws ConfigurationError that names the endpoint, for what cannot work */
export function windowOf(endpoint: EventEndpointOptions, server: ServerOptions): EventWindow {
  const { ordered = false, broadcast = false } = endpoint;
  const given =
    typeof endpoint.orderedRetry === 'object' ? endpoint.orderedRetry : { hold: endpoint.orderedRetry };
  const { hold: orderedRetry = ORDERED_RETRY, then = 'dead-letter' } = given;
  const name = `of ${endpoint.endpoint} of '${server.service}'`;
  const concurrency = endpoint.concurrency ?? server.concurrency ?? DEFAULT_CONCURRENCY;
  const prefetch = endpoint.prefetch ?? concurrency * (ordered ? AHEAD : 1);
  assertCount(`concurrency ${name}`, concurrency, 1);
  assertCount(`prefetch ${name}`, prefetch, concurrency);
  assertMilliseconds(`orderedRetry ${name}`, orderedRetry);
  if (!ordered && prefetch > concurrency) {
    throw new ConfigurationError(
      `prefetch ${name} is ${prefetch}, more than its concurrency of ${concurrency}: only what is ordered has events wait here. ` +
        'Raise concurrency, or make it ordered',
    );
  }
  if (!['dead-letter', 'park'].includes(then))
    throw new ConfigurationError(
      `then of orderedRetry ${name} is '${then}': it has to be 'dead-letter' or 'park'`,
    );
  if (ordered && broadcast) {
    throw new ConfigurationError(
      `${endpoint.endpoint} of '${server.service}' is a broadcast and ordered, but each replica gets all of a broadcast: choose one`,
    );
  }
  const limits: PolicyValues = {
    limit: { value: concurrency, from: levelOf(endpoint.concurrency, server.concurrency) },
    prefetch: { value: prefetch, from: levelOf(endpoint.prefetch) },
  };
  const order: PolicyValues = {
    ordered: { value: ordered, from: levelOf(endpoint.ordered) },
    orderedRetry: { value: orderedRetry, from: levelOf(given.hold) },
    then: { value: then, from: levelOf(given.then) },
  };
  const described = [{ name: 'concurrency', values: limits }];
  if (ordered) described.push({ name: 'order', values: order });
  return { concurrency, prefetch, ordered, orderedRetry, parks: ordered && then === 'park', described };
}

function levelOf(own: unknown, ofServer?: unknown): 'endpoint' | 'server' | 'default' {
  if (own !== undefined) return 'endpoint';
  return ofServer === undefined ? 'default' : 'server';
}
