import type { FaultWorld } from './fault-world.js';
import type { Load } from './load/load.js';

/** Something that goes wrong, and what must be so nevertheless. */
export interface FaultScenario {
  /** Unique. */
  readonly name: string;
  /** What must be so, in one clause. */
  readonly shows: string;
  /** @throws AssertionError when it is not so */
  readonly run: (world: FaultWorld) => Promise<Shown>;
}

/** What was seen. */
export interface Shown {
  /** The load that the fault was to disturb. */
  readonly load: Load;
  /** Whatever else is worth a look. */
  readonly notes?: Readonly<Record<string, number | string>>;
}
