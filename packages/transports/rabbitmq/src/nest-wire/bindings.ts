import type { NestExchange, NestServerSettings } from './options.js';

/** What the queue of a stock service is bound with: what it is told, and with wildcards the patterns of its handlers. */
export function stockBindings(
  { routingKey, wildcards }: NestServerSettings,
  { type }: NestExchange,
  patterns: readonly string[],
): Set<string> {
  const keys = new Set<string>();
  if (type === 'fanout') keys.add('');
  else if (routingKey !== undefined) keys.add(routingKey);
  if (wildcards) for (const pattern of patterns) keys.add(bindingOf(pattern));
  return keys;
}

/** A pattern in AMQP's own language, where `#` is none or more. */
function bindingOf(pattern: string): string {
  if (pattern === '>') return '#';
  return pattern.endsWith('.>') ? `${pattern.slice(0, -1)}*.#` : pattern;
}
