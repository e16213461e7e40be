import { atMost, systemClock } from '@rookery/core';
import { pause } from '../../waiting/eventually.js';
import type { FlowCounts } from './account.js';
import type { BrokeredPace } from './pace.js';
import type { BrokeredScenario } from './scenario.js';
import type { BrokeredSubject, FaultyBroker } from './subject.js';
import { BrokeredWorld } from './world.js';

/** Milliseconds that a caller has to begin. */
const CALLER_START = 10_000;

/** What became of one scenario, as data. */
export interface BrokeredResult extends FlowCounts {
  readonly scenario: string;
  readonly subject: string;
  readonly seconds: number;
  /** Milliseconds from the end of the fault until a request was answered that began later. */
  readonly recovery?: number | 'never';
  /** How each process ended that nobody had asked to end; it was started again a second later. */
  readonly deaths: readonly string[];
}

/** Runs one scenario with names of its own, and ends all that it has started. The broker is left running. */
export async function runBrokered(
  scenario: BrokeredScenario,
  subject: BrokeredSubject,
  broker: FaultyBroker,
  pace: BrokeredPace,
): Promise<BrokeredResult & { readonly words: string }> {
  const start = systemClock.now();
  const { name, replicas = 1, load, proxied = false, before, fault, after = pace.after } = scenario;
  const world = await BrokeredWorld.create(subject, broker, pace, load, proxied);
  try {
    await world.serve(replicas);
    await world.warmUp();
    await before?.(world);
    const calling = world.call();
    // Where the broker is away by now, a caller whose program ends without it is not ready before it is back.
    await (before ? atMost(systemClock, CALLER_START, calling) : calling);
    await pause(pace.before);
    await fault?.(world, pace);
    const recovery = fault && (await world.recovered());
    await pause(after);
    await world.hush();
    await world.drained();
    const seconds = Math.round(systemClock.now() - start) / 1_000;
    const { deaths } = world;
    return {
      ...{ scenario: name, subject: subject.name, seconds },
      ...world.counts(),
      ...(recovery !== undefined && { recovery }),
      ...{ deaths, words: world.words() },
    };
  } catch (error) {
    if (error instanceof Error) error.message += world.words();
    throw error;
  } finally {
    await world.close();
  }
}

/** What was promised and is not so; empty when all is. */
export function brokenPromises(result: BrokeredResult): string[] {
  const { accepted, offered, lost, hung, outOfOrder, answered, deaths, recovery } = result;
  const broken: string[] = [];
  if (accepted === 0) broken.push(`none of ${offered} events was accepted`);
  if (lost > 0) broken.push(`${lost} of ${accepted} accepted events were lost`);
  if (answered === 0) broken.push('no request was answered');
  if (recovery === 'never') broken.push('no request was answered after the fault');
  if (hung > 0) broken.push(`${hung} calls hung`);
  if (outOfOrder > 0) broken.push(`${outOfOrder} events were handled out of order`);
  if (deaths.length > 0) broken.push(`processes died: ${deaths.join('; ')}`);
  return broken;
}
