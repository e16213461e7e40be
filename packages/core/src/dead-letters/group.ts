import { createHash } from 'node:crypto';
import { causeKind } from './cause-kind.js';
import type { DeadLetter } from './dead-letter.js';

/** Letters of one endpoint, one pattern and one kind of cause. */
export interface DeadLetterGroup {
  /** 8 hexadecimal digits, made of the three: the same on every replica and after every restart. */
  readonly id: string;
  readonly endpoint: string;
  readonly pattern: string;
  /** See {@link causeKind}. */
  readonly cause: string;
  readonly count: number;
  /** The first failure of any, and the last, in milliseconds since the Unix epoch. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** The id of the letter that failed last. */
  readonly example: string;
}

/** The group of one letter alone. */
export function groupOf({
  id: example,
  endpoint,
  message,
  firstFailure,
  lastFailure,
}: DeadLetter): DeadLetterGroup {
  const { pattern } = message.envelope;
  const cause = causeKind(lastFailure.cause);
  const id = createHash('sha256')
    .update(JSON.stringify([endpoint, pattern, cause]))
    .digest('hex')
    .slice(0, 8);
  return {
    id,
    endpoint,
    pattern,
    cause,
    count: 1,
    firstAt: firstFailure.at,
    lastAt: lastFailure.at,
    example,
  };
}

/** Puts groups together that are one; the largest comes first. */
export function foldGroups(groups: Iterable<DeadLetterGroup>): DeadLetterGroup[] {
  const folded = new Map<string, DeadLetterGroup>();
  for (const group of groups) {
    const known = folded.get(group.id);
    folded.set(group.id, known ? both(known, group) : group);
  }
  return [...folded.values()].sort((a, b) => b.count - a.count || b.lastAt - a.lastAt);
}

function both(one: DeadLetterGroup, other: DeadLetterGroup): DeadLetterGroup {
  return {
    ...one,
    count: one.count + other.count,
    firstAt: Math.min(one.firstAt, other.firstAt),
    lastAt: Math.max(one.lastAt, other.lastAt),
    example: other.lastAt > one.lastAt ? other.example : one.example,
  };
}
