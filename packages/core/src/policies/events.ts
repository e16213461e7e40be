import type { ReplicaChange } from '../transport/transport.js';
import type { BreakerState } from './breaker/breaker.js';

/** A breaker has changed its state. */
export interface BreakerEvent {
  readonly type: 'breaker';
  /** The service whose breaker it is. */
  readonly service: string;
  readonly state: BreakerState;
  readonly previous: BreakerState;
  /** What the last call failed with, when it opens. */
  readonly cause?: unknown;
}

/** On a direct transport one replica is left out, or gets calls again. */
export interface ReplicaEvent extends ReplicaChange {
  readonly type: 'replica';
}

/** What those who watch a client hear of its policies. */
export type PolicyEvent = BreakerEvent | ReplicaEvent;
