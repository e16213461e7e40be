import type { PublishOutcome, TransportHost } from '@rookery/core';
import type { Confirmation } from './outgoing-event.js';

/** An event that is to be in another place. */
export interface Move {
  /** Where it was taken, for people. */
  readonly queue: string;
  /** Has it stored in its new place. */
  store(): Promise<Confirmation | PublishOutcome>;
  /** Whether its delivery is still open here: otherwise the broker gives it again. */
  held(): boolean;
  /** Ends its delivery. */
  done(): void;
  /** Gives it back to its queue, if its delivery is still open. */
  giveBack(): void;
  /** Milliseconds until it goes back if it was refused: each return counts towards the most that a message may have. */
  readonly pause: number;
}

/** Moves an event. Its delivery ends once it is stored: whoever dies in between leaves two, not none. Never rejects. */
export async function move(event: Move, { clock, logger }: TransportHost): Promise<void> {
  let why: unknown;
  try {
    const outcome = await event.store();
    if (outcome.status !== 'refused') {
      if (event.held()) event.done();
      return;
    }
    why = outcome.error;
  } catch (error) {
    why = error;
  }
  if (!event.held()) return;
  const words = why instanceof Error ? why.message : String(why);
  logger.warn(`an event of ${event.queue} could not be moved, and goes back to it: ${words}`);
  clock.after(event.pause, () => event.giveBack());
}
