import type { Pattern } from '@rookery/core';

/**
 * What a pattern in the language of the medium is in Rookery's: on RabbitMQ `a.#`, which stock Nest's handlers have with
 * `wildcards`, is `a` itself and all below it.
 */
export function ownPatterns(scheme: string, pattern: Pattern): Pattern[] {
  if (scheme !== 'amqp' || typeof pattern !== 'string') return [pattern];
  if (pattern === '#') return ['>'];
  if (!pattern.endsWith('.#')) return [pattern];
  const head = pattern.slice(0, -2);
  return [head, `${head}.>`];
}
