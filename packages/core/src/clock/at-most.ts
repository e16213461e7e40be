import type { Clock } from './clock.js';

/** Resolves when `work` is done or `ms` milliseconds have passed; a failure of `work` is passed on only in that time. */
export async function atMost(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  const over = Promise.withResolvers<void>();
  const timer = clock.after(ms, over.resolve);
  try {
    await Promise.race([work, over.promise]);
  } finally {
    timer.cancel();
  }
}
