import { AssertionError } from 'node:assert';
import { systemClock, type Timer } from '@rookery/core';
import type { ConformanceCase } from './conformance-case.js';
import type { Subject } from './subject.js';
import { World } from './world.js';

/** A case may take this many times what one thing in it may take to happen. */
const PATIENCES = 4;

/**
 * Runs one case in a world of its own, and closes it. Afterwards nothing may be running.
 *
 * @throws what the case threw, with the last words of those who took part in it; or that it did not end
 */
export async function runCase({ name, run }: ConformanceCase, subject: Subject): Promise<void> {
  const world = new World(subject, await subject.create());
  let failed = false;
  try {
    await limited(name, run(world), world.patience * PATIENCES);
  } catch (error) {
    failed = true;
    throw withLog(error, world.log);
  } finally {
    await limited(`closing after: ${name}`, world.close(), world.patience * PATIENCES);
    // What is left behind by a case that failed is no news.
    if (!failed) await world.assertNothingLeft();
  }
}

function limited(what: string, work: Promise<void>, ms: number): Promise<void> {
  let timer: Timer | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = systemClock.after(ms, () =>
      reject(new AssertionError({ message: `${what}: no end within ${ms} ms` })),
    );
  });
  return Promise.race([work, limit]).finally(() => timer?.cancel());
}

function withLog(error: unknown, log: readonly string[]): unknown {
  if (error instanceof Error && log.length > 0) error.message += `\n\nlog:\n  ${log.slice(-20).join('\n  ')}`;
  return error;
}
