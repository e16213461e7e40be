import type { Kind, LoadResult } from './run-load.js';

type Say = (text: string) => void;

/** Milliseconds within which 99 of 100 requests to a service that is well are answered. */
const WELL = 500;

const HEADINGS = ['service', 'request', 'offered', 'accepted', 'shed', 'failed', 'p50 ms', 'p99 ms'];
const WIDTHS = [-14, -28, 9, 9, 9, 9, 9, 9];

export function printTable({ calm, overloaded }: LoadResult, say: Say): void {
  for (const [when, kinds] of Object.entries({
    'half of what payments can do': calm,
    overload: overloaded,
  })) {
    say(`\n${when}`);
    say(row(HEADINGS));
    for (const { service, request, tally } of kinds) {
      const { offered, accepted, shed, failed } = tally;
      const times = [tally.within(0.5), tally.within(0.99)].map((time) => time.toFixed(1));
      say(row([service, request, ...[offered, accepted, shed, failed].map(String), ...times]));
    }
  }
}

export function printVerdict(result: LoadResult, say: Say): void {
  const { possible, overloaded } = result;
  for (const { tally } of overloaded.filter(({ service }) => service === 'payments'))
    say(
      `\npayments did ${((100 * tally.accepted) / tally.seconds / possible).toFixed(0)} % of what it can do`,
    );
  say(
    areWell(result)
      ? `the others stayed well: all was answered, 99 of 100 within ${WELL} ms`
      : `the others did not stay well, which is all answered and 99 of 100 within ${WELL} ms`,
  );
}

/** Whether those that were not overloaded stayed well. */
export function areWell({ overloaded }: LoadResult): boolean {
  return others(overloaded).every(
    ({ tally }) => tally.accepted === tally.offered && tally.within(0.99) <= WELL,
  );
}

function others(kinds: readonly Kind[]): Kind[] {
  return kinds.filter(({ service }) => service !== 'payments');
}

/** Cells in columns; those of a negative width begin at the left. */
function row(cells: readonly string[]): string {
  const padded = cells.map((cell, column) => {
    const width = WIDTHS[column] ?? 0;
    return width < 0 ? cell.padEnd(-width) : cell.padStart(width);
  });
  return padded.join(' ');
}
