import { styleText } from 'node:util';
import type { BrokeredResult } from '@rookery/testing';

type Cell = string | number;

/** What a reader asks first, in this order. Red where a promise is broken, whoever has made it. */
const ROWS: readonly (readonly [name: string, value: (result: BrokeredResult) => number, bad: boolean])[] = [
  ['events offered', ({ offered }) => offered, false],
  ['  refused, with an error', ({ refused }) => sum(refused), false],
  ['  accepted', ({ accepted }) => accepted, false],
  ['  accepted and lost', ({ lost }) => lost, true],
  ['  never handled, accepted or not', ({ unhandled }) => unhandled, true],
  ['  repeated', ({ repeated }) => repeated, false],
  ['  out of order', ({ outOfOrder }) => outOfOrder, true],
  ['requests sent', ({ requests }) => requests, false],
  ['  answered', ({ answered }) => answered, false],
  ['  failed, with an error', ({ failed }) => sum(failed), false],
  ['hung: no end at all', ({ hung }) => hung, true],
  ['processes dead', ({ deaths }) => deaths.length, true],
];

/** One column for each that took part. */
export function tableOf(results: readonly BrokeredResult[], color: boolean): string {
  const heads: Cell[] = ['', ...results.map(({ subject }) => subject)];
  const rows = ROWS.map(([name, value]): Cell[] => [name, ...results.map(value)]);
  const widths = heads.map((_, column) =>
    Math.max(...[heads, ...rows].map((row) => text(row[column]).length)),
  );
  const line = (left: string, middle: string, right: string): string =>
    left + widths.map((width) => '─'.repeat(width + 2)).join(middle) + right;
  const cells = (row: readonly Cell[], paint: (cell: string, column: number) => string): string =>
    `│${row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        const padded = column === 0 ? text(cell).padEnd(width) : text(cell).padStart(width);
        return ` ${paint(padded, column)} `;
      })
      .join('│')}│`;
  const style = (format: Parameters<typeof styleText>[0], cell: string): string =>
    color ? styleText(format, cell, { validateStream: false }) : cell;
  return [
    line('┌', '┬', '┐'),
    cells(heads, (cell) => style('bold', cell)),
    line('├', '┼', '┤'),
    ...rows.map((row, index) =>
      cells(row, (cell, column) => {
        if (column === 0 || ROWS[index]?.[2] !== true) return cell;
        return style(row[column] === 0 ? 'green' : ['red', 'bold'], cell);
      }),
    ),
    line('└', '┴', '┘'),
  ].join('\n');
}

function text(cell: Cell | undefined): string {
  return typeof cell === 'number' ? cell.toLocaleString('en') : (cell ?? '');
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
