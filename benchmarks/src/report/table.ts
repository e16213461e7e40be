import type { Payload } from '../load/payload.js';
import type { Report } from './report.js';
import { median, type Ratio, type Row } from './summary.js';

const calls: Readonly<Record<Payload, string>> = {
  small: 'sum([1,2,3])',
  '1k': 'echo of 1 KiB JSON',
  event: 'event of [1,2,3]',
  'event-1k': 'event of 1 KiB JSON',
};
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** The report as text for a person: one table for each cell. */
export function asText(report: Report): string {
  const { machine, versions, rounds, seconds, baseline, yardstick } = report;
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
    lines.push('', `${calls[payload]}, ${inFlight} in flight`, ...table(rows, baseline, yardstick));
  }
  for (const { contender, payload, inFlight, round, reason } of report.failures) {
    lines.push('', `FAILED: ${contender}, ${payload}, ${inFlight} in flight, round ${round}: ${reason}`);
  }
  if (report.goals.length > 0) lines.push('', 'goals, which a run on a quiet machine has to reach');
  for (const { goal, cells } of report.goals) lines.push(`${goal}: ${cells.join('; ')}`);
  return lines.join('\n');
}

function table(rows: readonly [Row, ...Row[]], baseline: string, yardstick: string): string[] {
  const events = rows[0].handledPerSecond !== undefined;
  const speeds = events ? ['accepted/s', 'handled/s'] : ['calls/s'];
  const cpu = ['CPU us client', 'server', ...(rows[0].brokerCpuPerCall === undefined ? [] : ['broker'])];
  const ratios = [`x ${baseline}`, 'min..max', `x ${yardstick}`, 'min..max'];
  const head = ['', ...speeds, 'p50 us', 'p99 us', ...cpu, ...ratios];
  const cells = rows.map((row) => [
    row.contender,
    whole.format(row.callsPerSecond),
    ...(events ? [whole.format(row.handledPerSecond ?? Number.NaN)] : []),
    whole.format(row.p50),
    whole.format(row.p99),
    row.clientCpuPerCall.toFixed(1),
    row.serverCpuPerCall.toFixed(1),
    ...(row.brokerCpuPerCall === undefined ? [] : [row.brokerCpuPerCall.toFixed(1)]),
    row.ratio?.median.toFixed(2) ?? '-',
    spread(row.ratio),
    row.ofYardstick?.median.toFixed(2) ?? '-',
    spread(row.ofYardstick),
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
