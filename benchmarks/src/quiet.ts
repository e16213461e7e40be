import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** Share of all cores that shows in a figure when other processes take it. */
export const DISTURBING = 0.05;

/**
 * Watches the machine until the returned function is called with the microseconds of CPU time that were our own.
 * @returns the share of all cores that other processes took meanwhile, 0 to 1
 */
export function watchOthers(): (own: number) => number {
  const start = performance.now();
  const before = busyMilliseconds();
  return (own) => {
    const others = busyMilliseconds() - before - own / 1000;
    return Math.max(0, others) / ((performance.now() - start) * os.cpus().length);
  };
}

/**
 * Resolves when the machine has had next to nothing to do for half a second, or when it never had in thirty; less of
 * both before a window that is itself short.
 * @param window - seconds that are to be measured
 */
export async function quietMachine(window: number, signal: AbortSignal): Promise<void> {
  const look = 1000 * Math.min(0.5, window / 4);
  const giveUp = performance.now() + 1000 * Math.min(30, window * 10);
  while (performance.now() < giveUp) {
    const others = watchOthers();
    await sleep(look, undefined, { signal });
    if (others(0) < DISTURBING) return;
  }
}

function busyMilliseconds(): number {
  return os.cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}
