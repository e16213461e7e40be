import type { Message } from '@rookery/core';
import type { Outcome } from '../frames/ack.js';

/** One replica's place at an endpoint. */
export interface Consumer {
  /** Whose place it is. */
  readonly replica: string;
  /** How many deliveries it may have unsettled: 0 while it is paused. */
  readonly window: number;
  /** Called when that has changed, by whoever made it; set by whoever gives it events. */
  windowChanged?: (() => void) | undefined;
  /** Delivers an event; `settle` may be called once, any time later. */
  deliver(message: Message, attempt: number, settle: (outcome: Outcome) => void): void;
}
