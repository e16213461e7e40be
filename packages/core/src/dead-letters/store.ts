import type { Body } from '../envelope/envelope.js';
import type { DeadLetter } from './dead-letter.js';
import type { ParkedLetters } from './parked-letters.js';
import type { DeadLetterGroup } from './group.js';

/** Which letters; those that fit all that is given. An empty filter takes all. */
export interface DeadLetterFilter {
  readonly ids?: readonly string[] | undefined;
  readonly endpoint?: string | undefined;
  /** The key of the message. */
  readonly key?: string | undefined;
  /** Whether its key is parked. */
  readonly parked?: boolean | undefined;
  /** The very pattern of the message, without wildcards. */
  readonly pattern?: string | undefined;
  /** The id of a {@link DeadLetterGroup}. */
  readonly group?: string | undefined;
  /** What the last cause contains, in capitals or not. */
  readonly cause?: string | undefined;
  /** The last failure was not before, in milliseconds since the Unix epoch. */
  readonly since?: number | undefined;
  /** The last failure was not after. */
  readonly until?: number | undefined;
}

/** Where a letter stands among all: by its first failure, then by its id. It stays there while it is kept. */
export interface LetterPosition {
  readonly at: number;
  readonly id: string;
}

/** Which letters, and how many of them at once. */
export interface DeadLetterQuery extends DeadLetterFilter {
  /** Those behind this place: that of the last letter of the page before. */
  readonly after?: LetterPosition | undefined;
  /** Default: all. */
  readonly limit?: number | undefined;
}

/** Where a service keeps what it could not handle. Whatever it cannot keep it refuses; it never drops one to take another. */
export interface DeadLetterStore {
  /** Whose letters these are: each `replica` has its own, or all replicas of the `service` see the same ones. */
  readonly scope: 'replica' | 'service';
  /** Those that are parked, as far as they are known here; left out by a store that parks no keys. */
  readonly parked?: ParkedLetters | undefined;
  /** Where all replicas see the same letters: resolves when all is known here that anybody has put before the call. */
  current?(): Promise<void>;
  /**
   * Resolves when the letter is kept. One whose id is there already becomes what `merged` makes of the two.
   *
   * @throws QueueFull when there is no room; the event then comes again
   */
  put(letter: DeadLetter): Promise<void>;
  get(id: string): Promise<DeadLetter | undefined>;
  /** In the order of their positions: the oldest first. */
  list(query?: DeadLetterQuery): Promise<readonly DeadLetter[]>;
  /** The largest first. */
  groups(filter?: DeadLetterFilter): Promise<readonly DeadLetterGroup[]>;
  /**
   * Replaces the body; the one that was published stays in `edited.original`. Resolves with the letter, or `undefined` if it
   * is not there.
   *
   * @param at when, in milliseconds since the Unix epoch
   */
  edit(id: string, body: Body, at: number, by: string | undefined): Promise<DeadLetter | undefined>;
  /** Resolves with whether it was there, and was not claimed by another replica. */
  delete(id: string): Promise<boolean>;
  /**
   * Where all replicas see the same letters: has no other replica work on a letter until it is gone, put again, or the function is
   * called that this resolves with; `undefined` if it is not there, or another replica's.
   */
  claim?(id: string): Promise<(() => Promise<void>) | undefined>;
}

/** The position of a letter. */
export function positionOf({ id, firstFailure }: DeadLetter): LetterPosition {
  return { at: firstFailure.at, id };
}

/** Below 0 if `a` stands before `b`. */
export function comparePositions(a: LetterPosition, b: LetterPosition): number {
  return a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
