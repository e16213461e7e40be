import type { Message } from '@rookery/core';
import type { Outcome } from '../frames/ack.js';

/** One replica's place at an endpoint. */
export interface Consumer {
  /** Whose place it is. */
  readonly replica: string;
  /** How many deliveries it may have unsettled. */
  readonly window: number;
  /** Delivers an event; `settle` may be called once, any time later. */
  deliver(message: Message, attempt: number, settle: (outcome: Outcome) => void): void;
}
