import type { FaultResult } from '@rookery/testing';

/** What became of one scenario in a run: what was seen, or why it is not so. */
export type Outcome =
  FaultResult | { readonly scenario: string; readonly shows: string; readonly broken: string };

/** What `--save` writes. */
export interface FaultsReport {
  readonly transport: string;
  /** ISO 8601, when the run began. */
  readonly date: string;
  readonly node: string;
  readonly system: string;
  readonly cores: number;
  readonly pace: object;
  readonly outcomes: readonly Outcome[];
}

const HEADS = ['scenario', 'sent', 'ok', 'failed', 'hung', 'worst ms', 'seen'];

/** The outcomes as a Markdown table, which people read as it is. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const rows = [HEADS, HEADS.map((head) => '-'.repeat(head.length)), ...outcomes.map(rowOf)];
  const widths = HEADS.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const lines = rows.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0, row === rows[1] ? '-' : ' ')),
  );
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
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
