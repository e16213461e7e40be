import type { ParkedKey } from '../dead-letters/parked-letters.js';
import type { PolicyDescription } from '../policies/describe.js';
import type { KillSwitchState } from '../recoverability/kill-switch-event.js';

/** One handler of events. */
export interface EventEndpointDescription {
  readonly endpoint: string;
  /** In the normal form. */
  readonly patterns: readonly string[];
  readonly broadcast: boolean;
  /** Whether it takes events now. */
  readonly state: KillSwitchState;
  /** Keys that are parked, 100 at most; left out where none is. */
  readonly parked?: readonly ParkedKey[];
  /** What becomes of what fails, when it pauses (left out where it never does), and how many it handles at once. */
  readonly policies: readonly PolicyDescription[];
}

/** What a server does with requests before their handlers, and what it has in hand. */
export interface ServerDescription {
  readonly service: string;
  /** The steps, in the order in which a request passes them. */
  readonly policies: readonly PolicyDescription[];
  /** In the order in which they were declared. */
  readonly events: readonly EventEndpointDescription[];
  /**
   * At this moment: `inFlight` requests and events, of which `handling` requests have a place and `waiting` wait for one;
   * `queueDelay`, the milliseconds that a further one would have to wait; `shed`, how many were refused so far for that;
   * `keysUnderWay`, idempotency keys of requests that have not ended.
   */
  readonly now: Readonly<Record<string, number>>;
}
