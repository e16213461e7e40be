import type { Suite } from '../contender.js';
import { isEvent } from '../load/payload.js';
import type { Row } from './summary.js';

interface Goal {
  readonly suite: Suite;
  readonly contender: string;
  readonly events: boolean;
  /** Of the baseline's speed or the yardstick's. */
  readonly of: 'ratio' | 'ofYardstick';
  readonly least: number;
}

/** A goal of a suite, and what came of it in each cell. */
export interface GoalMet {
  readonly goal: string;
  readonly cells: readonly string[];
}

const rabbitmq = { suite: 'rabbitmq', contender: 'rookery-rabbitmq' } as const;
const kafka = { suite: 'kafka', contender: 'rookery-kafka' } as const;

const goals: readonly Goal[] = [
  { ...rabbitmq, events: false, of: 'ratio', least: 2.5 },
  { ...rabbitmq, events: false, of: 'ofYardstick', least: 0.8 },
  { ...rabbitmq, events: true, of: 'ofYardstick', least: 0.9 },
  { ...kafka, events: false, of: 'ratio', least: 2 },
  { ...kafka, events: true, of: 'ratio', least: 2 },
  { ...kafka, events: true, of: 'ofYardstick', least: 0.8 },
];

/** How the medians compare with the goals of a suite. With one in flight nothing is gathered, and nothing is asked. */
export function goalsMet(suite: Suite, rows: readonly Row[]): GoalMet[] {
  return goals
    .filter((goal) => goal.suite === suite)
    .map(({ contender, events, of, least }) => {
      const cells = rows.flatMap((row) => {
        const reached = row[of]?.median;
        if (row.contender !== contender || isEvent(row.payload) !== events) return [];
        if (row.inFlight === 1 || reached === undefined) return [];
        const verdict = reached >= least ? '' : ' MISSED';
        return `${row.payload}, ${row.inFlight} in flight: ${reached.toFixed(2)}${verdict}`;
      });
      const what = events ? 'events' : 'requests';
      const whose = of === 'ratio' ? 'stock Nest' : 'the raw client';
      return { goal: `${what} at least ${least} times ${whose}`, cells };
    });
}
