import type { Broker } from '@rookery/brokers';
import type { BenchOptions } from './options.js';
import { choosePinning, describeMachine, versions } from './machine.js';
import { measure, type Attempt } from './measure.js';
import type { Cell, Failure, Measurement } from './measurement.js';
import { DISTURBING, quietMachine } from './quiet.js';
import type { Profile } from './profile/profile-text.js';
import type { Report } from './report/report.js';
import { summarize } from './report/summary.js';
import { suites } from './contender.js';
import { goalsMet } from './report/goals.js';

const TRIES = 3;

export interface BenchEvents {
  /** Told one line per measurement. */
  readonly progress: (line: string) => void;
  /** Told where the time of each measurement went; without it no profile is taken. */
  readonly profiled?: ((profile: Profile, measurement: Measurement) => void) | undefined;
  readonly signal: AbortSignal;
  /** Started for this run, where the suite needs one. */
  readonly broker?: Broker | undefined;
}

/**
 * Every contender in every cell, `rounds` times. Within a round the contenders of a cell follow each other
 * directly, so that they meet the same machine, and each round begins with another of them. What another
 * process disturbs is measured again, up to three times.
 * Aborting it gives the report of what was measured until then; the processes are the caller's to kill.
 */
export async function bench(
  options: BenchOptions,
  { progress, profiled, signal, broker }: BenchEvents,
): Promise<Report> {
  const { pinning, why } = choosePinning();
  const machine = describeMachine(broker ? `${why}, the broker on any` : why);
  const date = new Date().toISOString();
  const measurements: Measurement[] = [];
  const failures: Failure[] = [];
  let places = 0;

  for (const turn of turns(options)) {
    if (signal.aborted) break;
    const { contender, round, payload, inFlight } = turn;
    const what = `round ${round}/${options.rounds}, ${payload}, ${inFlight} in flight, ${contender}`;
    const attempt = {
      ...turn,
      seconds: options.seconds,
      pinning,
      place: { broker: broker?.url ?? '', name: `bench-${process.pid}-${++places}` },
      brokerPid: broker?.pid,
      profiled,
      started: (client?: number, server?: number) => progress(`${what} (client ${client}, server ${server})`),
    };
    try {
      const measureOnce = options.busy ? measure : measureInQuiet;
      measurements.push(await measureOnce(attempt, signal));
    } catch (error) {
      if (signal.aborted) break;
      const reason = error instanceof Error ? error.message : String(error);
      progress(`${what} FAILED: ${reason}`);
      failures.push({ ...turn, reason });
    }
  }

  const { suite, contenders, rounds, seconds } = options;
  const { baseline, yardstick } = suites[suite];
  const rows = summarize(measurements, { contenders, cells: cellsOf(options), baseline, yardstick });
  return {
    suite,
    date,
    machine,
    versions: versions(),
    rounds,
    seconds,
    baseline,
    yardstick,
    rows,
    goals: goalsMet(suite, rows),
    measurements,
    failures,
  };
}

/** The first of three measurements that nothing disturbed, or the one that was disturbed the least. */
async function measureInQuiet(attempt: Attempt, signal: AbortSignal): Promise<Measurement> {
  const measureOnce = async () => {
    await quietMachine(attempt.seconds, signal);
    return measure(attempt);
  };
  let best = await measureOnce();
  for (let tries = 1; tries < TRIES && best.disturbance >= DISTURBING; tries++) {
    const next = await measureOnce();
    if (next.disturbance < best.disturbance) best = next;
  }
  return best;
}

function* turns(options: BenchOptions): Generator<Cell & { contender: string; round: number }> {
  const { contenders, rounds } = options;
  for (let round = 1; round <= rounds; round++) {
    const first = (round - 1) % contenders.length;
    const rotated = [...contenders.slice(first), ...contenders.slice(0, first)];
    for (const cell of cellsOf(options)) {
      for (const contender of rotated) yield { ...cell, contender, round };
    }
  }
}

function cellsOf({ payloads, inFlight }: BenchOptions): Cell[] {
  return payloads.flatMap((payload) => inFlight.map((count) => ({ payload, inFlight: count })));
}
