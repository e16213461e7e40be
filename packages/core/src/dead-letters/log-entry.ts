import { NotDecodable } from '../errors/conditions.js';
import type { DeadLetter } from './dead-letter.js';
import { fromRecord, toRecord, type DeadLetterRecord } from './record.js';

/** That a replica is at work on a letter, so that no other begins. */
export interface LetterClaim {
  /** Who; unique for each run of a replica. */
  readonly by: string;
  /** When it is void, in milliseconds since the Unix epoch, should that replica have died. */
  readonly until: number;
}

/** What has become of a letter. */
export interface LetterState {
  /** `undefined`: it is gone. */
  readonly letter: DeadLetter | undefined;
  readonly claim?: LetterClaim | undefined;
}

/** A change of a letter's state as the log has it: whole, so that the latest alone says all. */
export interface LogEntry extends LetterState {
  /** One more than that of the state that it was made from. Of several with one version the first in the log counts. */
  readonly version: number;
  /** Unique. */
  readonly revision: string;
  /** From when it was put until it is gone: the revision that it was put with. Of a letter that is gone, what has ended. */
  readonly life: string;
}

interface EntryRecord extends Omit<LogEntry, 'letter'> {
  readonly letter?: DeadLetterRecord | undefined;
}

export function encodeEntry({ letter, ...rest }: LogEntry): string {
  return JSON.stringify({ ...rest, ...(letter ? { letter: toRecord(letter) } : {}) } satisfies EntryRecord);
}

/** @throws NotDecodable when it is none */
export function decodeEntry(text: string): LogEntry {
  try {
    const { version, revision, life, claim, letter } = JSON.parse(text) as EntryRecord;
    return { version, revision, life, claim, letter: letter && fromRecord(letter) };
  } catch (cause) {
    throw new NotDecodable('what the log of dead letters has is no letter', { cause });
  }
}
