import type { VirtualClock } from '../../clock/virtual-clock.js';
import type { Chaos } from '../chaos/chaos.js';
import type { Journal } from '../records/journal.js';
import type { UnderWay } from '../work/under-way.js';

/** What all processes of one harness share. */
export interface Stage {
  readonly clock: VirtualClock;
  readonly journal: Journal;
  readonly chaos: Chaos;
  readonly underWay: UnderWay;
  /** What Rookery said, for the one who has to find out why a test failed. */
  readonly log: string[];
  /** The bus in memory that all are on. */
  readonly bus: object;
  /** Seeds all randomness. */
  readonly seed: number;
}
