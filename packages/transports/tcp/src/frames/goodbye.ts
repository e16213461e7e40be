import type { Cursor } from './cursor.js';

/** Why a side says GOODBYE. */
export const GoodbyeReason = {
  /**
   * From the server: it is going, as planned; nothing new, please. From the caller, in answer: nothing new comes. What is
   * under way goes on.
   */
  draining: 0,
  /** The sender is done; it reads no more. */
  closing: 1,
  /** The two sides have no version of the protocol in common. */
  version: 2,
  /** The other side broke the protocol. */
  violation: 3,
  /** Nothing was heard from the other side for too long. */
  silence: 4,
  /** In place of a WELCOME: the server has as many connections as it takes. */
  full: 5,
  /**
   * From the server, only to a caller whose HELLO said `idle`: nothing has been asked for long. As `draining`, but the
   * server stays: the caller connects again when there is need.
   */
  idle: 6,
  /** The caller has not proven who it is. */
  unauthenticated: 7,
} as const;

/** A GOODBYE that was received; the text is for people. */
export interface Goodbye {
  readonly reason: number;
  readonly text: string;
}

/** Reads a GOODBYE; reasons that this version does not know are kept. */
export function readGoodbye(fields: Cursor): Goodbye {
  return { reason: fields.byte(), text: fields.restText() };
}
