import type { PublishOutcome, TransportHost } from '@rookery/core';
import type { Confirmation } from './outgoing-event.js';

/** An event that is to be in another place. */
export interface Move {
  /** Where it was taken, for people. */
  readonly queue: string;
  /** Has it stored in its new place. */
  store(): Promise<Confirmation | PublishOutcome>;
  /** Ends its delivery. */
  done(): void;
  /** Gives it back to its queue. */
  giveBack(): void;
  /** Milliseconds until it goes back if it was refused: each return counts towards the most that a message may have. */
  readonly pause: number;
}

/** Moves an event. Its delivery ends once it is stored: whoever dies in between leaves two, not none. Never rejects. */
export async function move(event: Move, { clock, logger }: TransportHost): Promise<void> {
  const outcome = await event.store().catch((error: unknown) => ({ status: 'refused', error }) as const);
  if (outcome.status !== 'refused') {
    event.done();
    return;
  }
  const { error } = outcome;
  const why = error instanceof Error ? error.message : String(error);
  logger.warn(`an event of ${event.queue} could not be moved, and goes back: ${why}`);
  clock.after(event.pause, () => event.giveBack());
}
