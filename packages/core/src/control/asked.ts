import type { DeadLetterFilter, DeadLetterQuery } from '../dead-letters/store.js';
import { ConfigurationError } from '../errors/conditions.js';

/** How many letters a list has at most. */
const MOST_LISTED = 500;

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);

const FILTER: Readonly<Record<string, Check>> = {
  ids: (value) => Array.isArray(value) && value.every(isText),
  endpoint: isText,
  key: isText,
  parked: (value) => typeof value === 'boolean',
  pattern: isText,
  group: isText,
  cause: isText,
  since: isNumber,
  until: isNumber,
};

/**
 * What a request asks for. A field that is not known is an error: a filter that was written wrong must not take more
 * letters than were meant.
 *
 * @throws ConfigurationError that names the field
 */
export function asked(
  data: unknown,
  checks: Readonly<Record<string, Check>>,
): Readonly<Record<string, unknown>> {
  const fields = (data ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof fields !== 'object') throw new ConfigurationError('what is asked for is no object');
  for (const [name, value] of Object.entries(fields)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (!check)
      throw new ConfigurationError(`${name} is not known here; there are ${Object.keys(checks).join(', ')}`);
    if (!check(value)) throw new ConfigurationError(`${name} cannot be ${JSON.stringify(value)}`);
  }
  return fields;
}

/** @throws ConfigurationError */
export function askedFilter(value: unknown): DeadLetterFilter {
  return asked(value, FILTER);
}

/** @throws ConfigurationError when nothing is said and not all are meant */
export function askedSome(filter: DeadLetterFilter, all: unknown): DeadLetterFilter {
  const { since, until, ...narrowing } = filter;
  if (all === true || since !== undefined || until !== undefined || Object.keys(narrowing).length > 0)
    return filter;
  throw new ConfigurationError('which letters? Give a filter, or all: true');
}

/** @throws ConfigurationError */
export function askedPage(data: unknown): DeadLetterQuery {
  const { filter, after, limit } = asked(data, {
    filter: () => true,
    after: (value) =>
      isNumber((value as { at?: unknown } | null)?.at) && isText((value as { id?: unknown }).id),
    limit: isNumber,
  }) as { filter?: unknown; after?: DeadLetterQuery['after']; limit?: number };
  return { ...askedFilter(filter), after, limit: Math.min(limit ?? MOST_LISTED, MOST_LISTED) };
}

export const checks = { text: isText, number: isNumber, anything: (): boolean => true };
