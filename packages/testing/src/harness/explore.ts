import { systemClock } from '@rookery/core';
import type { ChaosOptions, Decision } from './chaos/options.js';
import type { HarnessOptions } from './options.js';
import { parseSeed } from './seed.js';
import type { ServiceSystem } from './system.js';

/** See `Harness.explore`. */
export interface Exploration<S> extends Omit<HarnessOptions, 'seed' | 'chaos'> {
  /** The services, or a function that gives new ones for each run. */
  readonly services: S | (() => S);
  /** How many seeds are tried, from 1 on. Default 100. */
  readonly seeds?: number;
  /** Only this one, as a failure has printed it. The environment's `ROOKERY_SEED` does the same. */
  readonly seed?: number | string | undefined;
  /** What may go wrong. Default: everything. */
  readonly chaos?: ChaosOptions;
}

/** What an exploration that found nothing has tried. */
export interface Explored {
  /** How many runs there were. */
  readonly runs: number;
  /** How many decisions let something go wrong, in all runs together. */
  readonly decisions: number;
  /** How many of them lost a process. */
  readonly crashes: number;
}

/** How often a failing run is repeated to find out which decisions it takes, and for how many real milliseconds. */
const MOST_TRIES = 60;
const MOST_TIME = 2_000;

interface Run {
  readonly schedule: readonly Decision[];
  /** Why it failed, if it did. */
  readonly failure?: { readonly error: unknown };
}

/**
 * Runs `test` under many seeds.
 *
 * @throws Error for the first seed under which it fails: with its schedule, the part of it that is enough, and how to
 * run it alone
 */
export async function explore<S, H extends ServiceSystem>(
  exploration: Exploration<S>,
  start: (services: S, options: HarnessOptions) => Promise<H>,
  test: (harness: H) => Promise<void> | void,
): Promise<Explored> {
  const { services, seeds = 100, seed: given, chaos = {}, ...options } = exploration;
  const run = async (seed: number | string): Promise<Run> => {
    const ofRun = typeof services === 'function' ? (services as () => S)() : services;
    const harness = await start(ofRun, { ...options, seed, chaos });
    try {
      await test(harness);
      await harness.stop();
      return { schedule: harness.schedule };
    } catch (error) {
      await harness.stop().catch(() => undefined); // why the test failed says more
      return { schedule: harness.schedule, failure: { error } };
    }
  };
  const alone = given ?? (process.env['ROOKERY_SEED'] || undefined);
  const tried = alone === undefined ? Array.from({ length: seeds }, (_, index) => index + 1) : [alone];
  const runs: Run[] = [];
  for (const seed of tried) {
    const outcome = await run(seed);
    if (outcome.failure) throw await explain(seed, outcome, outcome.failure.error, run);
    runs.push(outcome);
  }
  const decisions = runs.flatMap(({ schedule }) => schedule);
  const crashes = decisions.filter(({ did }) => did.includes('lost')).length;
  return { runs: runs.length, decisions: decisions.length, crashes };
}

/** Leaves out one decision after another for as long as the run fails all the same. */
async function enough(
  seed: number,
  { schedule }: Run,
  run: (seed: string) => Promise<Run>,
): Promise<{ seed: string; schedule: readonly Decision[]; error?: unknown }> {
  let needed = schedule;
  let error: unknown;
  let tries = 0;
  const end = systemClock.now() + MOST_TIME;
  const goOn = (): boolean => tries < MOST_TRIES && systemClock.now() < end;
  const named = (decisions: readonly Decision[]): string =>
    `${seed}/${decisions.map(({ number }) => number).join(',')}`;
  // Later ones first: they are the most likely to be of no consequence. Half of them at a time while that goes.
  for (let size = Math.ceil(needed.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let last = needed.length; last > 0 && goOn(); last -= size) {
      const fewer = [...needed.slice(0, Math.max(0, last - size)), ...needed.slice(last)];
      tries++;
      const outcome = await run(named(fewer));
      if (!outcome.failure) continue;
      needed = outcome.schedule;
      error = outcome.failure.error;
      last = Math.min(last, needed.length + size);
    }
  }
  return { seed: named(needed), schedule: needed, error };
}

async function explain(
  seed: number | string,
  outcome: Run,
  error: unknown,
  run: (seed: number | string) => Promise<Run>,
): Promise<Error> {
  const message = messageOf(error);
  const lines = [`seed ${seed} fails: ${message}`, ''];
  const { number, only } = parseSeed(seed);
  if (only === undefined && outcome.schedule.length > 0) {
    const found = await enough(number, outcome, run);
    const other = found.error === undefined ? message : messageOf(found.error);
    lines.push(other === message ? 'It takes:' : `It takes, for "${other}":`);
    lines.push(...found.schedule.map(line), '');
    lines.push(`Run only that with { seed: '${found.seed}' } or ROOKERY_SEED=${found.seed}`);
    lines.push(`and the whole seed with { seed: ${seed} } or ROOKERY_SEED=${seed}:`);
  } else lines.push('It took:');
  lines.push(...outcome.schedule.map(line));
  if (outcome.schedule.length === 0) lines.push('  nothing: it fails without any trouble');
  return new Error(lines.join('\n'), { cause: error });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function line({ number, at, service, place, what, did }: Decision): string {
  return `  ${number}. at ${at} ms, ${service}, ${place} ${what}: ${did}`;
}
