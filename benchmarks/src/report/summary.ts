import type { Cell, Measurement } from '../measurement.js';

/** One contender in one cell: medians over the rounds. Units as in a Measurement. */
export interface Row extends Cell {
  readonly contender: string;
  readonly callsPerSecond: number;
  readonly handledPerSecond: number | undefined;
  readonly p50: number;
  readonly p99: number;
  readonly clientCpuPerCall: number;
  readonly serverCpuPerCall: number;
  readonly brokerCpuPerCall: number | undefined;
  /** Its calls/s (of events: those handled) divided by the baseline's; undefined when no round has both. */
  readonly ratio: Ratio | undefined;
  /** The same by the yardstick's. */
  readonly ofYardstick: Ratio | undefined;
}

/** Over the rounds, each of which divides two measurements of its own. */
export interface Ratio {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface SummaryOrder {
  readonly contenders: readonly string[];
  readonly cells: readonly Cell[];
  readonly baseline: string;
  readonly yardstick: string;
}

/** Rows in the order of the cells, then of the contenders; one that was never measured has none. */
export function summarize(measurements: readonly Measurement[], order: SummaryOrder): Row[] {
  return order.cells.flatMap(({ payload, inFlight }) => {
    const inCell = measurements.filter((one) => one.payload === payload && one.inFlight === inFlight);
    const of = (name: string) => inCell.filter(({ contender }) => contender === name);
    return order.contenders.flatMap((contender) => {
      const own = of(contender);
      if (own.length === 0) return [];
      const middle = (figure: (one: Measurement) => number) => median(own.map(figure));
      const some = (figure: (one: Measurement) => number | undefined) => {
        const figures = own.flatMap((one) => figure(one) ?? []);
        return figures.length === 0 ? undefined : median(figures);
      };
      return {
        payload,
        inFlight,
        contender,
        callsPerSecond: middle((one) => one.callsPerSecond),
        handledPerSecond: some((one) => one.handledPerSecond),
        p50: middle((one) => one.p50),
        p99: middle((one) => one.p99),
        clientCpuPerCall: middle((one) => one.clientCpuPerCall),
        serverCpuPerCall: middle((one) => one.serverCpuPerCall),
        brokerCpuPerCall: some((one) => one.brokerCpuPerCall),
        ratio: ratioOf(own, of(order.baseline)),
        ofYardstick: ratioOf(own, of(order.yardstick)),
      };
    });
  });
}

function ratioOf(own: readonly Measurement[], baseline: readonly Measurement[]): Ratio | undefined {
  const ratios = own.flatMap((one) => {
    const other = baseline.find(({ round }) => round === one.round);
    return other === undefined ? [] : speedOf(one) / speedOf(other);
  });
  if (ratios.length === 0) return undefined;
  return { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) };
}

function speedOf({ handledPerSecond, callsPerSecond }: Measurement): number {
  return handledPerSecond ?? callsPerSecond;
}

/** The middle value, or the mean of the two middle ones; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}
