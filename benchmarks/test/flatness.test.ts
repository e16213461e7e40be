import { expect, test } from 'vitest';
import { isFlat, trendsOf } from '../src/soak/flatness.js';
import type { Sample } from '../src/soak/sample.js';

const mebibyte = 2 ** 20;

/** Twenty samples of a process whose heap (in MiB) and sockets are given by the number of the sample. */
function samples(heap: (index: number) => number, sockets: (index: number) => number = () => 2): Sample[] {
  return Array.from({ length: 20 }, (_, index) => ({
    heap: heap(index) * mebibyte,
    rss: 100 * mebibyte,
    descriptors: 20,
    handles: { TCPSocketWrap: sockets(index), PipeWrap: 1 },
  }));
}

const growing = (all: Sample[]) =>
  trendsOf(all)
    .filter((trend) => !isFlat(trend))
    .map(({ what }) => what);

test('a process that stays as it is, give or take noise, is flat', () => {
  expect(growing(samples((index) => 20 + (index % 3) / 2))).toEqual([]);
});

test('what grows only while the code warms up is flat', () => {
  expect(growing(samples((index) => 20 + 10 * Math.min(index, 5)))).toEqual([]);
});

test('a heap that goes on growing is not flat', () => {
  expect(growing(samples((index) => 20 + index / 2))).toEqual(['heap MiB']);
  expect(trendsOf(samples((index) => 20 + index / 2))[0]).toEqual({
    what: 'heap MiB',
    early: 23.5,
    late: 28.5,
    limit: 23.5 * 1.05 + 1,
  });
});

test('one socket more at the end than at the beginning is not flat', () => {
  expect(
    growing(
      samples(
        () => 20,
        (index) => (index < 16 ? 2 : 3),
      ),
    ),
  ).toEqual(['TCPSocketWrap']);
});

test('a socket that comes and goes is flat', () => {
  expect(
    growing(
      samples(
        () => 20,
        (index) => (index === 17 ? 3 : 2),
      ),
    ),
  ).toEqual([]);
});
