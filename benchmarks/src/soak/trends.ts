import { isFlat, trendsOf, type Trend } from './flatness.js';
import type { Sample } from './sample.js';

/** What a process holds; its timers and the like come and go while it works. */
export function memoryOf(samples: readonly Sample[]): Trend[] {
  return trendsOf(samples).filter(({ what }) => ['heap MiB', 'rss MiB', 'descriptors'].includes(what));
}

/** One line for each figure of each process. */
export function printTrends(trends: Readonly<Record<string, readonly Trend[]>>): void {
  for (const [process, figures] of Object.entries(trends)) {
    for (const trend of figures) {
      const verdict = isFlat(trend) ? 'flat' : `GROWS, at most ${trend.limit.toFixed(1)}`;
      print(`${process} ${trend.what}: ${trend.early.toFixed(1)} -> ${trend.late.toFixed(1)} ${verdict}`);
    }
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
