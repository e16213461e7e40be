import type { Machine } from '../machine.js';
import type { Failure, Measurement } from '../measurement.js';
import type { GoalMet } from './goals.js';
import type { Row } from './summary.js';

/** What `--save` writes. */
export interface Report {
  readonly suite: string;
  /** ISO 8601, when the run began. */
  readonly date: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: number;
  /** Length of each measured window. */
  readonly seconds: number;
  /** The contender that ratios are to. */
  readonly baseline: string;
  /** The other one: what does no more than it has to. */
  readonly yardstick: string;
  readonly rows: readonly Row[];
  readonly goals: readonly GoalMet[];
  readonly measurements: readonly Measurement[];
  readonly failures: readonly Failure[];
}
