import { ConfigurationError, type EventEndpointOptions } from '@rookery/core';

/**
 * What `@EventPattern` takes as its last argument, beside what others find there:
 *
 *     @EventPattern('stock.moved', { ordered: true, retries: { attempts: 10 } } satisfies EventHandlerOptions)
 */
export type EventHandlerOptions = Partial<EventEndpointOptions>;

type Kind = 'boolean' | 'number' | 'number or object' | 'object' | 'object or false';

const KINDS: { readonly [K in Exclude<keyof EventHandlerOptions, 'endpoint'>]-?: Kind } = {
  broadcast: 'boolean',
  concurrency: 'number',
  killSwitch: 'object or false',
  ordered: 'boolean',
  orderedRetry: 'number or object',
  prefetch: 'number',
  retries: 'object',
};

/**
 * What the decorator of a handler says of its endpoint.
 *
 * @param endpoint its name, for messages
 * @throws ConfigurationError for an option of the wrong type
 */
export function eventOptionsOf(
  extras: Readonly<Record<string, unknown>>,
  endpoint: string,
): Omit<EventHandlerOptions, 'endpoint'> {
  const given = Object.entries(KINDS).filter(([name]) => extras[name] !== undefined);
  for (const [name, kind] of given) {
    if (!is(kind, extras[name]))
      throw new ConfigurationError(`${name} of @EventPattern at ${endpoint} has to be: ${kind}`);
  }
  return Object.fromEntries(given.map(([name]) => [name, extras[name]]));
}

function is(kind: Kind, value: unknown): boolean {
  if (kind === 'number or object') return typeof value === 'number' || is('object', value);
  if (kind === 'object or false') return value === false || is('object', value);
  return kind === 'object' ? typeof value === 'object' && value !== null : typeof value === kind;
}
