import { systemClock, type Clock } from '@rookery/core';

/** See {@link eventually}. */
export interface Patience {
  /** Milliseconds after which it fails. Default 5,000. */
  readonly within?: number | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
}

/**
 * Tries `check` again and again, until it neither throws nor returns `false`; then resolves with what it returned.
 *
 * @throws the last failure of `check` when time is up
 */
export async function eventually<T>(check: () => T | Promise<T>, patience: Patience = {}): Promise<T> {
  const { within = 5_000, clock = systemClock } = patience;
  const end = clock.now() + within;
  for (let tries = 0; ; tries++) {
    try {
      const result = await check();
      if (result !== false) return result;
      if (clock.now() >= end) throw new Error(`not so within ${within} ms: ${String(check)}`);
    } catch (error) {
      if (clock.now() >= end) throw error;
    }
    // The first tries are a turn apart, because most of what is waited for happens at once.
    await (tries < 50 ? turn(clock) : pause(5, clock));
  }
}

/** Resolves in a later turn of the event loop. */
export function turn(clock: Clock = systemClock): Promise<void> {
  return new Promise((resolve) => clock.defer(resolve));
}

/** Resolves after `ms` milliseconds: the pace of a workload, never a guess at how long something takes. */
export function pause(ms: number, clock: Clock = systemClock): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}
