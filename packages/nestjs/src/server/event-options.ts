import type { EventEndpointOptions } from '@rookery/core';

/**
 * What `@EventPattern` takes as its last argument, beside what others find there:
 *
 *     @EventPattern('stock.moved', { ordered: true, retries: { attempts: 10 } } satisfies EventHandlerOptions)
 */
export type EventHandlerOptions = Partial<EventEndpointOptions>;

const NAMES = [
  'broadcast',
  'concurrency',
  'killSwitch',
  'ordered',
  'orderedRetry',
  'prefetch',
  'retries',
] as const satisfies readonly (keyof EventEndpointOptions)[];

/** What the decorator of a handler says of its endpoint. */
export function eventOptionsOf(
  extras: Readonly<Record<string, unknown>>,
): Omit<EventHandlerOptions, 'endpoint'> {
  return Object.fromEntries(NAMES.flatMap((name) => (name in extras ? [[name, extras[name]]] : [])));
}
