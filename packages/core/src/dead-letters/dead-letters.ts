import type { Message } from '../envelope/envelope.js';

/** A message that was given up, and why. */
export interface DeadLetter {
  readonly message: Message;
  readonly service: string;
  readonly endpoint: string;
  /** How often it was tried. */
  readonly attempts: number;
  /** The last failure, as name and message. */
  readonly cause: string;
  /** When it was given up, in milliseconds since the Unix epoch. */
  readonly at: number;
}

/** Where a service keeps what it could not handle. */
export interface DeadLetters {
  /** Resolves when the letter is kept; rejects with QueueFull when there is no room, and then nothing is dropped. */
  put(letter: DeadLetter): Promise<void>;
  /** All that are kept, oldest first. */
  list(): Promise<readonly DeadLetter[]>;
}
