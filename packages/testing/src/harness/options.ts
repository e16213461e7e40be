import type { ChaosOptions } from './chaos/options.js';

/** See `Harness.start`. */
export interface HarnessOptions {
  /** Decides all randomness: ids, jitter, chaos. A number, or what a failed exploration has printed. Default 0. */
  readonly seed?: number | string;
  /** What goes wrong on purpose. Default: nothing. */
  readonly chaos?: ChaosOptions;
  /** What the date is at the start, in milliseconds since the Unix epoch. Default: the beginning of 2026. */
  readonly epoch?: number;
  /**
   * Real milliseconds for which time waits for a handler that awaits neither Rookery nor the injected clock: a database,
   * for one. Default 500.
   */
  readonly patience?: number;
}

/** How long something may take. */
export interface Patience {
  /** Virtual milliseconds. Default 3,600,000: an hour. */
  readonly within?: number;
  /** Real milliseconds. Default 4,000. */
  readonly wall?: number;
}

/** Nothing goes wrong. */
export const NEVER_MIND: ChaosOptions = { delays: false, reorder: false, repeat: false, crash: false };
