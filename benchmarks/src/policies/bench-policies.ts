import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CLIENT_POLICIES, SERVER_POLICIES } from '@rookery/core';
import { describeMachine, type Machine } from '../machine.js';
import { median } from '../report/summary.js';

const MEASURE = fileURLToPath(new URL('measure-one.js', import.meta.url));
const run = promisify(execFile);

/** What a side of a call costs with one more policy of its list. */
interface StepCost {
  readonly side: 'client' | 'server';
  /** The last policy of the list so far; undefined for none at all. */
  readonly policy: string | undefined;
  /** Nanoseconds a call, transport aside, the median of the rounds. */
  readonly nanoseconds: number;
  /** What this policy adds. Rounds are compared one by one, because machines are noisy. */
  readonly added: number | undefined;
  /** What all so far add. */
  readonly total: number | undefined;
}

export interface PolicyReport {
  readonly suite: 'policies';
  readonly date: string;
  readonly machine: Machine;
  readonly rounds: number;
  readonly calls: number;
  readonly costs: readonly StepCost[];
}

/** Measures the lists of both sides step by step, each in a process of its own, interleaved. */
export async function benchPolicies(
  rounds: number,
  calls: number,
  progress: (line: string) => void,
): Promise<PolicyReport> {
  const lists = [
    { side: 'client', names: CLIENT_POLICIES.map(({ name }) => name) },
    { side: 'server', names: SERVER_POLICIES },
  ] as const;
  const measured = new Map<string, number[]>();
  for (let round = 1; round <= rounds; round++) {
    for (const { side, names } of lists) {
      for (let steps = 0; steps <= names.length; steps++) {
        const { stdout } = await run(process.execPath, [MEASURE, side, String(steps), String(calls)]);
        const key = `${side} ${steps}`;
        measured.set(key, [...(measured.get(key) ?? []), Number(stdout)]);
      }
    }
    progress(`round ${round} of ${rounds}`);
  }
  const costs = lists.flatMap(({ side, names }) => {
    const of = (steps: number): number[] => measured.get(`${side} ${steps}`) ?? [];
    const beyond = (steps: number, less: number): number =>
      median(of(steps).map((cost, round) => cost - (of(less)[round] ?? NaN)));
    return [undefined, ...names].map((policy, steps) => ({
      side,
      policy,
      nanoseconds: median(of(steps)),
      added: steps === 0 ? undefined : beyond(steps, steps - 1),
      total: steps === 0 ? undefined : beyond(steps, 0),
    }));
  });
  return {
    suite: 'policies',
    date: new Date().toISOString(),
    machine: describeMachine('not pinned'),
    rounds,
    calls,
    costs,
  };
}

/** The report as text for a person. */
export function policiesAsText({ date, machine, rounds, calls, costs }: PolicyReport): string {
  const lines = [
    `policies, ${date}: nanoseconds a call without transport and handler, median of ${rounds} rounds of ${calls} calls`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.system}; load ${machine.loadAverage.toFixed(2)}`,
  ];
  for (const side of ['client', 'server'] as const) {
    lines.push(
      '',
      `${side.padEnd(16)}${'ns a call'.padStart(10)}${'adds'.padStart(8)}${'in all'.padStart(8)}`,
    );
    for (const { policy, nanoseconds, added, total } of costs.filter((cost) => cost.side === side)) {
      const figures = [nanoseconds.toFixed(0).padStart(10), shown(added), shown(total)];
      lines.push(`${(policy === undefined ? 'no policy' : `+ ${policy}`).padEnd(16)}${figures.join('')}`);
    }
  }
  return lines.join('\n');
}

function shown(nanoseconds: number | undefined): string {
  return (nanoseconds === undefined ? '' : nanoseconds.toFixed(0)).padStart(8);
}
