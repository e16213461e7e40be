type Nothing = Record<string, never>;

/**
 * What keeps a handler for 5 ms: it computes; it awaits something and then computes; it awaits something, ten requests at a
 * time.
 */
export const MODES = ['busy', 'later', 'waiting'] as const;
export type Mode = (typeof MODES)[number];

export interface OverloadServerCommands {
  /** Answers with the port. */
  start: { ask: { mode: Mode }; answer: number };
  /** The most of it so far. */
  held: { ask: Nothing; answer: Held };
  /** User and system time of the process so far, in microseconds. */
  cpu: { ask: Nothing; answer: number };
}

export interface OverloadClientCommands {
  connect: { ask: { port: number; mode: Mode }; answer: null };
  load: { ask: Load; answer: Loaded };
  cpu: { ask: Nothing; answer: number };
}

/** How much is offered: so many requests at a time, or so many a second. */
export interface Load {
  readonly inFlight?: number;
  readonly rate?: number;
  /** Seconds. */
  readonly warmUp: number;
  readonly seconds: number;
}

/** What became of the requests that ended in the seconds after the warm-up. */
export interface Loaded {
  readonly offered: number;
  readonly answered: number;
  readonly refused: number;
  readonly expired: number;
  /** Milliseconds, of those that were answered. */
  readonly p50: number;
  readonly p99: number;
}

/** What a server holds. */
export interface Held {
  readonly waiting: number;
  readonly heapMiB: number;
}
