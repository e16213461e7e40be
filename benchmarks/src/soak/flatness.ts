import { median } from '../report/summary.js';
import type { Sample } from './sample.js';

/** One figure of one process, early and late in the run. */
export interface Trend {
  readonly what: string;
  readonly early: number;
  readonly late: number;
  /** The most that `late` may be. */
  readonly limit: number;
}

const MEBIBYTE = 2 ** 20;

/**
 * Compares the medians of the second and the last quarter of the samples: in the first quarter code is compiled
 * and pools fill. The heap may grow by 5 % and 1 MiB, the resident memory, which the allocator gives back when
 * it likes, by 10 % and 16 MiB, timers, of which a sample sees more or fewer by chance, by 2, and the number of other
 * handles and of descriptors not at all.
 * @param samples - at least four, in order
 */
export function trendsOf(samples: readonly Sample[]): Trend[] {
  const quarter = Math.floor(samples.length / 4);
  const early = samples.slice(quarter, 2 * quarter);
  const late = samples.slice(-quarter);
  const trend = (what: string, figure: (sample: Sample) => number, share: number, more: number): Trend => {
    const before = median(early.map(figure));
    const limit = before * (1 + share) + more;
    return { what, early: before, late: median(late.map(figure)), limit };
  };
  const kinds = new Set(samples.flatMap(({ handles }) => Object.keys(handles)));
  return [
    trend('heap MiB', ({ heap }) => heap / MEBIBYTE, 0.05, 1),
    trend('rss MiB', ({ rss }) => rss / MEBIBYTE, 0.1, 16),
    trend('descriptors', ({ descriptors }) => descriptors ?? 0, 0, 0),
    ...[...kinds].map((kind) =>
      trend(kind, ({ handles }) => handles[kind] ?? 0, 0, kind === 'Timeout' ? 2 : 0),
    ),
  ];
}

export function isFlat({ late, limit }: Trend): boolean {
  return late <= limit;
}
