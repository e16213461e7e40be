import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Time, injected. Nothing in Rookery reads the global clock, so that a test can own time.
 */
export interface Clock {
  /** Monotonic milliseconds; only differences between two readings mean anything. */
  now(): number;
  /** Milliseconds since the Unix epoch; only for what leaves the process or is shown to a person. */
  epoch(): number;
  /**
   * Milliseconds for which this thread has worked and not waited; only differences between two readings mean anything.
   * Left out where time is not the machine's own.
   */
  busy?(): number;
  /** Calls `run` once, not before `ms` milliseconds have passed, in no message's context. */
  after(ms: number, run: () => void): Timer;
  /** Calls `run` once, in a later turn of the event loop, in the order of the calls, in no message's context. */
  defer(run: () => void): void;
}

/** A call that has been arranged for later. */
export interface Timer {
  /** Forgets the call. Harmless after it has run. */
  cancel(): void;
}

/** Milliseconds; what Node is asked to wait for longer than this, it runs at once. */
const LONGEST = 2 ** 31 - 1;

/** Runs what it is given outside of all messages: a timer that several share must not belong to the first of them. */
const detached = AsyncLocalStorage.snapshot();

class NodeTimer implements Timer {
  #handle: NodeJS.Timeout;

  constructor(ms: number, run: () => void) {
    const due = performance.now() + ms;
    const check = (): void => {
      const left = due - performance.now(); // Node's timers are early by up to two milliseconds
      if (left > 0) this.#handle = setTimeout(check, Math.min(Math.ceil(left), LONGEST));
      else run();
    };
    this.#handle = detached(() => setTimeout(check, Math.min(ms, LONGEST)));
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  epoch: () => Date.now(),
  busy: () => performance.eventLoopUtilization().active,
  after: (ms, run) => new NodeTimer(ms, run),
  defer: (run) => detached(() => void setImmediate(run)),
};
