import type { Payload } from '../load/payload.js';
import type { Report } from './report.js';
import { median, type Ratio, type Row } from './summary.js';

const calls: Readonly<Record<Payload, string>> = { small: 'sum([1,2,3])', '1k': 'echo of 1 KiB JSON' };
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** The report as text for a person: one table for each cell. */
export function asText(report: Report): string {
  const { machine, versions, rounds, seconds, baseline } = report;
  const disturbances = report.measurements.map(({ disturbance }) => disturbance);
  const lines = [
    `${report.suite}, ${report.date}: medians of ${rounds} round(s) of ${seconds} s`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.system}; ${machine.pinned}; load ${machine.loadAverage.toFixed(2)}`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    `other processes took ${percent(median(disturbances))} of the cores (median), at most ${percent(Math.max(...disturbances))}`,
  ];
  for (const rows of byCell(report.rows)) {
    const [{ payload, inFlight }] = rows;
    lines.push('', `${calls[payload]}, ${inFlight} in flight`, ...table(rows, baseline));
  }
  for (const { contender, payload, inFlight, round, reason } of report.failures) {
    lines.push('', `FAILED: ${contender}, ${payload}, ${inFlight} in flight, round ${round}: ${reason}`);
  }
  return lines.join('\n');
}

function table(rows: readonly Row[], baseline: string): string[] {
  const head = ['', 'calls/s', 'p50 us', 'p99 us', 'CPU us client', 'server', `x ${baseline}`, 'min..max'];
  const cells = rows.map((row) => [
    row.contender,
    whole.format(row.callsPerSecond),
    whole.format(row.p50),
    whole.format(row.p99),
    row.clientCpuPerCall.toFixed(1),
    row.serverCpuPerCall.toFixed(1),
    row.ratio?.median.toFixed(2) ?? '-',
    spread(row.ratio),
  ]);
  const widths = head.map((title, column) =>
    Math.max(...[head, ...cells].map((row) => row[column]?.length ?? 0), title.length),
  );
  return [head, ...cells].map((row) =>
    row
      .map((text, column) =>
        column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
}

function spread(ratio: Ratio | undefined): string {
  return ratio === undefined ? '-' : `${ratio.min.toFixed(2)}..${ratio.max.toFixed(2)}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function byCell(rows: readonly Row[]): [Row, ...Row[]][] {
  const cells = new Map<string, [Row, ...Row[]]>();
  for (const row of rows) {
    const key = `${row.payload} ${row.inFlight}`;
    const cell = cells.get(key);
    if (cell === undefined) cells.set(key, [row]);
    else cell.push(row);
  }
  return [...cells.values()];
}
