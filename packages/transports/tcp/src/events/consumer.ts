import type { Message } from '@rookery/core';
import type { Outcome } from '../frames/ack.js';

/** An event that is still being written. */
export interface Underway {
  /** Runs `next` once all of it is written; never, if the connection is lost before. */
  after(next: () => void): void;
}

/** One replica's place at an endpoint. */
export interface Consumer {
  /** Whose place it is. */
  readonly replica: string;
  /** How many deliveries it may have unsettled: 0 while it is paused. */
  readonly window: number;
  /** Called when that has changed, by whoever made it; set by whoever gives it events. */
  windowChanged?: (() => void) | undefined;
  /**
   * From now on it gets the events of a slot that another one had, or nobody.
   *
   * @param above the largest fencing token of the slot that is known; 0 for none
   */
  own?(slot: number, above: number): void;
  /** Called with the fencing token that it took then; set by whoever gives it events. */
  owned?: ((slot: number, fencingToken: number) => void) | undefined;
  /** Delivers an event; `settle` may be called once, any time later. */
  deliver(message: Message, attempt: number, settle: (outcome: Outcome) => void): Underway | undefined;
}
