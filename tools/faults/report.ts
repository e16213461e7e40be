import type { FaultResult } from '@rookery/testing';
import type { Machine } from './machine.ts';
import { markdown } from './table.ts';

/** What became of one scenario in a run: what was seen, or why it is not so. */
export type Outcome =
  FaultResult | { readonly scenario: string; readonly shows: string; readonly broken: string };

/** What `--save` writes. */
export interface FaultsReport extends Machine {
  readonly transport: string;
  /** ISO 8601, when the run began. */
  readonly date: string;
  readonly pace: object;
  readonly outcomes: readonly Outcome[];
}

const HEADS = ['scenario', 'sent', 'ok', 'failed', 'hung', 'worst ms', 'seen'];

export function tableOf(outcomes: readonly Outcome[]): string {
  return markdown([HEADS, ...outcomes.map(rowOf)]);
}

function rowOf(outcome: Outcome): string[] {
  if ('broken' in outcome)
    return [outcome.scenario, '', '', '', '', '', `NOT SO: ${outcome.broken.split('\n')[0] ?? ''}`];
  const { scenario, sent, ok, failed, hung, worst, notes } = outcome;
  return [scenario, `${sent}`, `${ok}`, listOf(failed) || '0', `${hung}`, `${worst}`, listOf(notes)];
}

function listOf(entries: Readonly<Record<string, number | string>>): string {
  return Object.entries(entries)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');
}
