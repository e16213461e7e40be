import type { FlowLoad } from './orders.js';
import type { BrokeredPace } from './pace.js';
import type { BrokeredWorld } from './world.js';

/** Something that goes wrong while events and requests flow over a broker. */
export interface BrokeredScenario {
  /** Unique. */
  readonly name: string;
  /** How many replicas serve. Default 1. */
  readonly replicas?: number;
  /** In which the load differs from the pace's. */
  readonly load?: Partial<FlowLoad>;
  /** Milliseconds that the load goes on after the fault. Default: the pace's. */
  readonly after?: number;
  /** All connections go through a proxy. */
  readonly proxied?: boolean;
  /** Only brokers that have an alarm. */
  readonly alarm?: boolean;
  /** What happens after the service has been there, before the load begins. */
  readonly before?: (world: BrokeredWorld) => Promise<void>;
  /** What happens while the load goes on. Default: nothing. */
  readonly fault?: (world: BrokeredWorld, pace: BrokeredPace) => Promise<void>;
}
