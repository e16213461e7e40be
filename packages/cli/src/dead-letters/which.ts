import type { ParseArgsOptionsConfig } from 'node:util';
import { currentRuntime, type DeadLetterFilter } from '@rookery/core';
import { textOf, type Invocation } from '../subcommand.js';
import { timeIn } from '../times.js';
import { UsageError } from '../usage-error.js';

/** Options that say which letters are meant. */
export const FILTER_OPTIONS: ParseArgsOptionsConfig = {
  endpoint: { type: 'string' },
  pattern: { type: 'string' },
  group: { type: 'string' },
  key: { type: 'string' },
  parked: { type: 'boolean' },
  cause: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
};

/** @throws UsageError */
export function filterOf(invocation: Invocation): DeadLetterFilter {
  const { ids } = invocation;
  const now = currentRuntime().clock.epoch();
  const filter: Record<string, unknown> = ids.length > 0 ? { ids } : {};
  for (const name of ['endpoint', 'pattern', 'group', 'key', 'cause']) {
    const text = textOf(invocation, name);
    if (text !== undefined) filter[name] = text;
  }
  if (invocation.values['parked'] === true) filter['parked'] = true;
  for (const name of ['since', 'until']) {
    const text = textOf(invocation, name);
    if (text !== undefined) filter[name] = timeIn(text, `--${name}`, now);
  }
  return filter;
}

/**
 * The filter of a command that changes something.
 *
 * @throws UsageError when it would take all without having been told so, or both some and all
 */
export function changedOf(invocation: Invocation, doing: string): { filter: DeadLetterFilter; all: boolean } {
  const filter = filterOf(invocation);
  const all = invocation.values['all'] === true;
  const narrow = Object.keys(filter).length > 0;
  if (!all && !narrow)
    throw new UsageError(`${doing} which letters? Name ids, a filter such as --group, or --all`);
  if (all && narrow) throw new UsageError('--all takes all letters: leave it, or the filter, out');
  return { filter, all };
}
