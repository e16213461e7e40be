import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrokeredResult } from '@rookery/testing';
import type { Machine } from '../machine.ts';
import { markdown } from '../table.ts';

/** What became of one scenario for one of those who take part. */
export interface BrokeredOutcome {
  readonly scenario: string;
  readonly subject: string;
  /** Left out when it did not come so far. */
  readonly result?: BrokeredResult;
  /** What Rookery promises and is not so; stock Nest promises none of it. */
  readonly broken: readonly string[];
  /** The last words of those who took part; not saved. */
  readonly words?: string;
}

/** What `--save` writes. */
export interface BrokeredReport extends Machine {
  readonly broker: string;
  /** ISO 8601, when the latest run of that day began. */
  readonly date: string;
  readonly pace: object;
  readonly outcomes: readonly BrokeredOutcome[];
}

const HEADS = [
  ...['scenario', 'under', 'offered', 'accepted', 'p99 ms', 'lost', 'never handled', 'repeated'],
  ...['out of order', 'requests', 'answered', 'hung', 'dead'],
];

/** The outcomes as a Markdown table, which people read as it is. */
export function tableOf(outcomes: readonly BrokeredOutcome[]): string {
  return markdown([HEADS, ...outcomes.map(rowOf)]);
}

/** Writes the report to the file of its day, beside the outcomes there that it has not; resolves with the file. */
export function save(folder: string, report: BrokeredReport): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${report.broker}-${report.date.slice(0, 10)}.json`);
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as BrokeredReport).outcomes : [];
  const outcomes = report.outcomes.map(({ words: _, ...outcome }) => outcome);
  const again = new Set(outcomes.map(nameOf));
  const all = [...known.filter((outcome) => !again.has(nameOf(outcome))), ...outcomes];
  writeFileSync(file, `${JSON.stringify({ ...report, outcomes: all }, undefined, 2)}\n`);
  return file;
}

function rowOf({ scenario, subject, result, broken }: BrokeredOutcome): string[] {
  if (!result) return [scenario, subject, `NOT SO: ${broken[0]?.split('\n')[0] ?? ''}`];
  const { offered, accepted, acceptP99, lost, unhandled, repeated, outOfOrder } = result;
  const { requests, answered, hung, deaths } = result;
  const numbers = [
    ...[offered, accepted, acceptP99, lost, unhandled, repeated, outOfOrder],
    ...[requests, answered, hung, deaths.length],
  ];
  return [scenario, subject, ...numbers.map(String)];
}

function nameOf({ scenario, subject }: BrokeredOutcome): string {
  return `${scenario} / ${subject}`;
}
