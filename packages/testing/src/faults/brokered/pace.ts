import type { FlowLoad } from './orders.js';

/** How long and how hard the scenarios with a broker are. Times in milliseconds. */
export interface BrokeredPace {
  readonly name: 'short' | 'full';
  readonly load: FlowLoad;
  /** How long the load goes on before the fault begins, and after it is over. */
  readonly before: number;
  readonly after: number;
  /** How long a process is away. */
  readonly outage: number;
  /** How long a broker stands still. */
  readonly pause: number;
  /** How often connections are cut, and for how long. */
  readonly cuts: { readonly every: number; readonly during: number };
  /** How often a replica joins and another leaves, and for how long. */
  readonly rebalances: { readonly every: number; readonly during: number };
  /** How long nothing more may come before what is missing counts as lost. */
  readonly patience: number;
}

const NO_FAILURES = { failOnceEvery: 0, failAlwaysEvery: 0, busy: 0 };

/** For each run of the tests. */
export const shortBrokeredPace: BrokeredPace = {
  name: 'short',
  load: { eventsPerSecond: 150, requestsPerSecond: 30, timeout: 8_000, ...NO_FAILURES },
  before: 700,
  after: 700,
  outage: 700,
  pause: 2_000,
  cuts: { every: 300, during: 2_100 },
  rebalances: { every: 1_500, during: 6_000 },
  patience: 20_000,
};

/** What the promises name. */
export const fullBrokeredPace: BrokeredPace = {
  name: 'full',
  load: { eventsPerSecond: 400, requestsPerSecond: 50, timeout: 5_000, ...NO_FAILURES },
  before: 4_000,
  after: 6_000,
  outage: 8_000,
  pause: 10_000,
  cuts: { every: 1_000, during: 20_000 },
  rebalances: { every: 3_000, during: 60_000 },
  patience: 30_000,
};
