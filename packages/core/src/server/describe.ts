import type { PolicyDescription } from '../policies/describe.js';

/** What a server does with requests before their handlers, and what it has in hand. */
export interface ServerDescription {
  readonly service: string;
  /** The steps, in the order in which a request passes them. */
  readonly policies: readonly PolicyDescription[];
  /**
   * At this moment: `inFlight` requests and events, of which `handling` requests have a place and `waiting` wait for one;
   * `queueDelay`, the milliseconds that a further one would have to wait; `shed`, how many were refused so far for that;
   * `keysUnderWay`, idempotency keys of requests that have not ended.
   */
  readonly now: Readonly<Record<string, number>>;
}
