import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What a process was doing at one moment: `symbol (file)`, the innermost call first. */
export type Stack = readonly string[];

/** Has node tell perf the names of compiled functions, in /tmp/perf-PID.map. */
export const NODE_OPTIONS = '--perf-basic-prof';

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const perf of running) perf.kill('SIGKILL');
});

/**
 * Samples the stacks of a process with `perf`, the kernel's part included, until the returned function is called.
 * V8's own profiler samples from a thread of the process, which on a busy core runs when the process waits: with
 * both processes pinned it called nine tenths of a client's CPU time idle.
 * @returns ends it, and resolves to what was seen
 */
export function recordStacks(pid: number | undefined): () => Promise<Stack[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-perf-'));
  const file = join(folder, 'perf.data');
  const sampling = ['--event=cpu-clock', '--freq=997', '-g'];
  const perf = start('record', '--quiet', ...sampling, `--pid=${pid}`, `--output=${file}`);
  const ended = once(perf, 'exit');
  ended.catch(() => undefined); // that there is no perf is thrown below
  return async () => {
    try {
      perf.kill('SIGINT');
      await ended;
      return await readStacks(file);
    } finally {
      rmSync(folder, { recursive: true });
      rmSync(`/tmp/perf-${pid}.map`, { force: true });
    }
  };
}

async function readStacks(file: string): Promise<Stack[]> {
  const perf = start('script', `--input=${file}`, '--fields=ip,sym,dso');
  const stacks: Stack[] = [];
  let stack: string[] = [];
  for await (const line of createInterface(perf.stdout)) {
    if (line.trim() !== '') stack.push(line.replace(/^\s*[0-9a-f]+\s+/, ''));
    else if (stack.length > 0) {
      stacks.push(stack);
      stack = [];
    }
  }
  return stacks;
}

function start(...args: string[]) {
  const perf = spawn('perf', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(perf);
  perf.once('exit', () => running.delete(perf));
  return perf;
}
