import { AsyncLocalStorage } from 'node:async_hooks';
import { systemClock, type Clock } from '../clock/clock.js';
import { Deadlines } from '../clock/deadlines.js';
import { systemRandom, type Random } from '../clock/random.js';
import type { TransportFactory } from '../transport/factory.js';
import type { Logger } from '../transport/logger.js';

/** What one process lends to all that Rookery makes in it. A test lends its own and so has several processes in one. */
export interface Runtime {
  readonly clock: Clock;
  readonly random: Random;
  /** The one wheel that all clients of the process share. */
  readonly deadlines: Deadlines;
  /** Takes the place of every transport that options or the environment name. */
  readonly transport?: TransportFactory | undefined;
  /** Who this process is where options do not say, in place of `ROOKERY_SERVICE`. */
  readonly service?: string | undefined;
  /** Where Rookery says what it has to say, in place of the application's log. */
  readonly logger?: Logger | undefined;
  /** See {@link faultPoint}. */
  readonly fault?: ((point: string) => Promise<void> | undefined) | undefined;
}

const system: Runtime = {
  clock: systemClock,
  random: systemRandom,
  deadlines: new Deadlines(systemClock),
};

const lent = new AsyncLocalStorage<Runtime>();

/** So that where nothing was ever lent, as in production, asking costs nothing. */
let everLent = false;

/** The runtime of whoever asks: the machine's own, unless it was lent another. */
export function currentRuntime(): Runtime {
  return everLent ? (lent.getStore() ?? system) : system;
}

/** Whether whoever asks was lent a runtime. */
export function isLent(): boolean {
  return everLent && lent.getStore() !== undefined;
}

/**
 * Runs `work`, and all that it leads to, with another runtime. What is made in it (a connection, a client, a server)
 * keeps it for good.
 */
export function runInRuntime<R>(runtime: Runtime, work: () => R): R {
  everLent = true;
  return lent.run(runtime, work);
}

/**
 * Names a place at which the process may be lost or held up, just before an effect that the medium does not see: a
 * query, a commit, a call of somebody else's service.
 *
 *     const held = faultPoint('orders.commit');
 *     if (held) await held;
 *
 * Outside of a test harness it is `undefined` and costs nothing. In one, a promise that resolves when the work goes on,
 * or never when the process was lost here.
 *
 * @param point what comes next, for the one who reads the schedule of a failed run
 */
export function faultPoint(point: string): Promise<void> | undefined {
  return everLent ? lent.getStore()?.fault?.(point) : undefined;
}
