/** How long and how hard the scenarios are. Times in milliseconds. */
export interface Pace {
  readonly name: 'short' | 'full';
  /** Calls per second, and for how long. */
  readonly perSecond: number;
  readonly lasting: number;
  /** How long a process is away. */
  readonly outage: number;
  /** How long a link is cut. */
  readonly cut: number;
  readonly timeout: number;
  readonly heartbeat: number;
  readonly handshake: number;
  /** How many connections come and go. */
  readonly connections: number;
  /** How many speak nonsense, or slowly, at once. */
  readonly strangers: number;
  readonly eventsPerSecond: number;
}

/** For each run of the tests. */
export const shortPace: Pace = {
  name: 'short',
  perSecond: 250,
  lasting: 2_400,
  outage: 400,
  cut: 600,
  timeout: 6_000, // more than it takes to start a process on a machine under load
  heartbeat: 200,
  handshake: 700,
  connections: 300,
  strangers: 60,
  eventsPerSecond: 500,
};

/** What the promises name. */
export const fullPace: Pace = {
  name: 'full',
  perSecond: 500,
  lasting: 12_000,
  outage: 1_000,
  cut: 5_000,
  timeout: 3_000,
  heartbeat: 1_000,
  handshake: 3_000,
  connections: 10_000,
  strangers: 500,
  eventsPerSecond: 2_000,
};
