/**
 * Time, injected. Nothing in Rookery reads the global clock, so that a test can own time.
 */
export interface Clock {
  /** Monotonic milliseconds; only differences between two readings mean anything. */
  now(): number;
  /** Milliseconds since the Unix epoch; only for what leaves the process or is shown to a person. */
  epoch(): number;
  /** Calls `run` once, not before `ms` milliseconds have passed. */
  after(ms: number, run: () => void): Timer;
  /** Calls `run` once, in a later turn of the event loop, in the order of the calls. */
  defer(run: () => void): void;
}

/** A call that has been arranged for later. */
export interface Timer {
  /** Forgets the call. Harmless after it has run. */
  cancel(): void;
}

class NodeTimer implements Timer {
  readonly #handle: NodeJS.Timeout;

  constructor(ms: number, run: () => void) {
    this.#handle = setTimeout(run, ms);
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  epoch: () => Date.now(),
  after: (ms, run) => new NodeTimer(ms, run),
  defer: (run) => void setImmediate(run),
};
