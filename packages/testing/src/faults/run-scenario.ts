import { systemClock } from '@rookery/core';
import type { FaultScenario } from './fault-scenario.js';
import type { FaultSubject } from './fault-subject.js';
import { FaultWorld } from './fault-world.js';
import type { LoadReport } from './load/load.js';
import type { Pace } from './pace.js';

/** What became of one scenario, as data. */
export interface FaultResult extends LoadReport {
  readonly scenario: string;
  readonly shows: string;
  readonly seconds: number;
  readonly notes: Readonly<Record<string, number | string>>;
}

/**
 * Runs one scenario in a world of its own and closes it; afterwards nothing may be running.
 *
 * @throws what was not as it must be, with the last words of the callers' transports
 */
export async function runScenario(
  { name, shows, run }: FaultScenario,
  subject: FaultSubject,
  pace: Pace,
): Promise<FaultResult> {
  const world = await FaultWorld.create(subject, pace);
  const start = systemClock.now();
  try {
    const { load, notes = {} } = await run(world);
    const seconds = Math.round(systemClock.now() - start) / 1_000;
    return { scenario: name, shows, seconds, ...load.report(), notes };
  } catch (error) {
    if (error instanceof Error) error.message += world.words();
    throw error;
  } finally {
    await world.close();
  }
}
