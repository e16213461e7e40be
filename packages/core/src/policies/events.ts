import type { BreakerState } from './breaker/breaker.js';

/** What those who watch a client hear of its policies. */
export interface PolicyEvent {
  readonly type: 'breaker';
  /** The service whose breaker it is. */
  readonly service: string;
  readonly state: BreakerState;
  readonly previous: BreakerState;
  /** What the last call failed with, when it opens. */
  readonly cause?: unknown;
}
