import type { ServiceControl } from '@rookery/control';
import type { DeadLetterFilter } from '@rookery/core';

/** Letters that somebody is asked about. */
export interface Counted {
  readonly count: number;
  /** The filter again, but for what has come since. */
  readonly filter: DeadLetterFilter;
}

/** How many letters a filter takes now. */
export async function counted({ deadLetters }: ServiceControl, filter: DeadLetterFilter): Promise<Counted> {
  const groups = await deadLetters.groups(filter);
  const until = Math.max(...groups.map(({ lastAt }) => lastAt));
  const count = groups.reduce((sum, group) => sum + group.count, 0);
  return {
    count,
    filter: count === 0 ? filter : { ...filter, until: Math.min(filter.until ?? Infinity, until) },
  };
}

/** `1 dead letter`, `12 dead letters`. */
export function lettersOf(count: number): string {
  return count === 1 ? '1 dead letter' : `${count} dead letters`;
}
