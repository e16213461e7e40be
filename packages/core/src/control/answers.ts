import type { DeadLetter, LetterEdit, LetterFailure } from '../dead-letters/dead-letter.js';
import { groupOf } from '../dead-letters/group.js';
import type { DeadLetterStore } from '../dead-letters/store.js';

/** Who answers. */
export interface ControlDescription {
  readonly service: string;
  readonly replica: string | undefined;
  readonly deadLetters: Pick<DeadLetterStore, 'scope'>;
  /** The time there, in milliseconds since the Unix epoch. */
  readonly at: number;
}

/** A letter without its body and the stacks, for lists; of causes the first 500 characters. */
export interface DeadLetterSummary {
  readonly id: string;
  readonly endpoint: string;
  readonly pattern: string;
  readonly messageId: string;
  readonly key?: string | undefined;
  /** The service that sent the message. */
  readonly source?: string | undefined;
  readonly attempts: number;
  readonly replays: number;
  /** The id of its group. */
  readonly group: string;
  readonly firstFailure: LetterFailure;
  readonly lastFailure: LetterFailure;
  /** Whether its key is parked. */
  readonly parked?: true;
  readonly edited?: Omit<LetterEdit, 'original'> | undefined;
}

export function summaryOf(letter: DeadLetter): DeadLetterSummary {
  const { id, endpoint, message, attempts, replays, firstFailure, lastFailure, edited, parked } = letter;
  const { pattern, id: messageId, key, source } = message.envelope;
  return {
    id,
    endpoint,
    pattern,
    messageId,
    key,
    source,
    attempts,
    replays,
    group: groupOf(letter).id,
    firstFailure: inShort(firstFailure),
    lastFailure: inShort(lastFailure),
    ...(parked ? { parked: true as const } : {}),
    ...(edited ? { edited: { at: edited.at, by: edited.by } } : {}),
  };
}

/** Characters of a cause in a list. */
const LONGEST_CAUSE = 500;

function inShort({ at, cause, replica }: LetterFailure): LetterFailure {
  return { at, cause: cause.slice(0, LONGEST_CAUSE), replica };
}
