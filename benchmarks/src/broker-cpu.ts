import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Ticks of the clock by which Linux counts a process's time, a second. */
const perSecond = ticks();

/** User and system time of a process so far, in microseconds; undefined where it cannot be told. */
export function cpuOf(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // the name in parentheses may have anything in it; utime and stime are the 14th and 15th field
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1_000_000) / perSecond;
  } catch {
    return undefined;
  }
}

function ticks(): number {
  try {
    return Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  } catch {
    return 100;
  }
}
