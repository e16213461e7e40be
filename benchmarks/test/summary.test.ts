import { expect, test } from 'vitest';
import type { Measurement } from '../src/measurement.js';
import { median, summarize } from '../src/report/summary.js';

function measurement(contender: string, round: number, callsPerSecond: number): Measurement {
  return {
    contender,
    round,
    payload: 'small',
    inFlight: 100,
    calls: callsPerSecond * 2,
    seconds: 2,
    callsPerSecond,
    handledPerSecond: undefined,
    p50: 10 * round,
    p99: 100 * round,
    clientCpuPerCall: round,
    serverCpuPerCall: 2 * round,
    brokerCpuPerCall: undefined,
    disturbance: 0,
  };
}

const order = {
  contenders: ['ours', 'stock', 'raw'],
  cells: [{ payload: 'small', inFlight: 100 } as const],
  baseline: 'stock',
  yardstick: 'raw',
};

test('the median is the middle one, or the mean of the middle two', () => {
  expect(median([3])).toBe(3);
  expect(median([9, 1, 5])).toBe(5);
  expect(median([10, 1, 2, 4])).toBe(3);
  expect(median([])).toBeNaN();
});

test('a ratio divides within one round, and its spread is that of the rounds', () => {
  // the machine slowed down by half in round 2: the quotient of medians over all rounds would not be 2
  const rows = summarize(
    [
      measurement('ours', 1, 200),
      measurement('stock', 1, 100),
      measurement('ours', 2, 90),
      measurement('stock', 2, 50),
      measurement('ours', 3, 330),
      measurement('stock', 3, 110),
    ],
    order,
  );
  expect(rows.map(({ contender }) => contender)).toEqual(['ours', 'stock']);
  expect(rows[0]).toMatchObject({
    callsPerSecond: 200,
    p50: 20,
    p99: 200,
    clientCpuPerCall: 2,
    serverCpuPerCall: 4,
    ratio: { median: 2, min: 1.8, max: 3 },
  });
  expect(rows[1]?.ratio).toEqual({ median: 1, min: 1, max: 1 });
});

test('a round that lacks the baseline gives no ratio, and without any there is none', () => {
  const own = [measurement('ours', 1, 100), measurement('ours', 2, 300)];
  expect(summarize([...own, measurement('stock', 2, 100)], order)[0]?.ratio).toEqual({
    median: 3,
    min: 3,
    max: 3,
  });
  expect(summarize(own, order)).toHaveLength(1);
  expect(summarize(own, order)[0]?.ratio).toBeUndefined();
});

test('events are compared by how many were handled, with the yardstick as well', () => {
  const events = (contender: string, accepted: number, handledPerSecond: number): Measurement => ({
    ...measurement(contender, 1, accepted),
    payload: 'event',
    handledPerSecond,
  });
  const cells = [{ payload: 'event', inFlight: 100 } as const];
  const all = [events('ours', 900, 300), events('stock', 900, 100), events('raw', 900, 600)];
  const [ours] = summarize(all, { ...order, cells });
  expect(ours).toMatchObject({ handledPerSecond: 300, ratio: { median: 3 }, ofYardstick: { median: 0.5 } });
});

test('cells are not mixed', () => {
  const other = { ...measurement('ours', 1, 7), inFlight: 1 };
  const cells = [...order.cells, { payload: 'small', inFlight: 1 } as const];
  const rows = summarize([measurement('ours', 1, 100), other], { ...order, cells });
  expect(rows.map(({ inFlight, callsPerSecond }) => [inFlight, callsPerSecond])).toEqual([
    [100, 100],
    [1, 7],
  ]);
});
