import { expect, test } from 'vitest';
import { Histogram } from '../src/load/histogram.js';

test('quantiles of values below 25 us are exact to a tenth of a microsecond', () => {
  const histogram = new Histogram();
  for (let tenths = 1; tenths <= 100; tenths++) histogram.record(tenths / 10);
  expect(histogram.count).toBe(100);
  expect(histogram.quantile(0.5)).toBe(5);
  expect(histogram.quantile(0.99)).toBe(9.9);
  expect(histogram.quantile(1)).toBe(10);
});

test.each([1, 25.5, 25.6, 25.7, 51.1, 51.2, 999.9, 1_000, 65_536, 1_234_567, 200_000_000])(
  'one value of %d us comes back within 0.8 %',
  (microseconds) => {
    const histogram = new Histogram();
    histogram.record(microseconds);
    expect(Math.abs(histogram.quantile(0.5) - microseconds)).toBeLessThanOrEqual(microseconds * 0.008 + 0.1);
  },
);

test('larger values never fall into a lower bucket', () => {
  let last = 0;
  for (let microseconds = 0.1; microseconds < 300_000_000; microseconds *= 1.003) {
    const histogram = new Histogram();
    histogram.record(microseconds);
    const found = histogram.quantile(1);
    expect(found).toBeGreaterThanOrEqual(last);
    last = found;
  }
});

test('a value beyond the range counts as the largest', () => {
  const histogram = new Histogram();
  histogram.record(1e12);
  expect(histogram.quantile(1)).toBeGreaterThan(212_000_000);
});

test('the tail is found among many small values', () => {
  const histogram = new Histogram();
  for (let index = 0; index < 985; index++) histogram.record(10);
  for (let index = 0; index < 15; index++) histogram.record(5_000);
  expect(histogram.quantile(0.5)).toBe(10);
  expect(histogram.quantile(0.98)).toBe(10);
  expect(Math.abs(histogram.quantile(0.99) - 5_000)).toBeLessThan(40);
});

test('no values, no quantile', () => {
  expect(new Histogram().quantile(0.5)).toBeNaN();
});
