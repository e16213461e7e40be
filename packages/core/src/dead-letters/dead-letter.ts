import { createHash } from 'node:crypto';
import type { Body, Message } from '../envelope/envelope.js';

/** A message that one endpoint of a service has given up, and why. */
export interface DeadLetter {
  /** Stable: {@link deadLetterId} of the message and the endpoint, so that the same letter never lies there twice. */
  readonly id: string;
  /** As it came, but for the {@link REPLAY_HEADER}. */
  readonly message: Message;
  readonly service: string;
  readonly endpoint: string;
  /** How often it was tried, those tries included that its replays have made. */
  readonly attempts: number;
  /** How often it was replayed, and came back. */
  readonly replays: number;
  /**
   * The first failed try that the replica which gave it up has seen: where the tries went to several replicas, there may
   * have been an earlier one.
   */
  readonly firstFailure: LetterFailure;
  /** Why it was given up, the last time. */
  readonly lastFailure: LetterFailure;
  /** Set if its key is parked: it is replayed when that is released. */
  readonly parked?: LetterParking | undefined;
  /** Set once its body was replaced. */
  readonly edited?: LetterEdit | undefined;
}

/** Where a letter stands among those of its key. */
export interface LetterParking {
  /** Ascends in the order of the events. */
  readonly order: number;
  /** That of the replica which parked it. */
  readonly fencingToken?: number | undefined;
}

/** A try that failed. */
export interface LetterFailure {
  /** When, in milliseconds since the Unix epoch. */
  readonly at: number;
  /** The error, as name and message; at most 2,000 characters. */
  readonly cause: string;
  /** At most 8,000 characters. */
  readonly stack?: string | undefined;
  /** Where. */
  readonly replica?: string | undefined;
}

/** That the body of a letter was replaced. */
export interface LetterEdit {
  /** When, the last time, in milliseconds since the Unix epoch. */
  readonly at: number;
  /** Who, as far as that is known. */
  readonly by?: string | undefined;
  /** The body that was published, before any edit. */
  readonly original: Body;
}

/** On a replayed message: how often it was replayed, this time included, as a decimal number. */
export const REPLAY_HEADER = 'rookery-replay';

/** The id of the letter that an endpoint makes of a message: 16 hexadecimal digits. */
export function deadLetterId(messageId: string, endpoint: string): string {
  return createHash('sha256')
    .update(JSON.stringify([messageId, endpoint]))
    .digest('hex')
    .slice(0, 16);
}

/**
 * What lies there once `newer` has come for a letter that is there already: one letter, with the first failure of the old
 * one and the last of the new one. A replay adds its tries; a redelivery by the medium has counted on.
 */
export function merged(older: DeadLetter, newer: DeadLetter): DeadLetter {
  const replayed = newer.replays > older.replays;
  return {
    ...older,
    parked: older.parked ?? newer.parked,
    attempts: replayed ? older.attempts + newer.attempts : Math.max(older.attempts, newer.attempts),
    replays: Math.max(older.replays, newer.replays),
    lastFailure: newer.lastFailure,
  };
}

/** The letter with another body; see {@link LetterEdit}. */
export function editedLetter(letter: DeadLetter, body: Body, at: number, by: string | undefined): DeadLetter {
  const { message, edited } = letter;
  const original = edited ? edited.original : message.body;
  return { ...letter, message: { ...message, body }, edited: { at, by, original } };
}
