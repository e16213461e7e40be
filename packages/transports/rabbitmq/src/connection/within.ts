import type { Clock, Timer } from '@rookery/core';

/** Resolves when `work` has ended, however, or after `ms` milliseconds. */
export async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  let timer: Timer | undefined;
  const limit = new Promise<void>((resolve) => (timer = clock.after(ms, resolve)));
  const ended = work.then(
    () => undefined,
    () => undefined,
  );
  await Promise.race([ended, limit]);
  timer?.cancel();
}
