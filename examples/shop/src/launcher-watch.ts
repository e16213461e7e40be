import { execFileSync } from 'node:child_process';

/** Milliseconds. */
const INTERVAL = 500;

/**
 * Calls `gone` when the `npm start` that this process belongs to has ended: npm and its shell do not pass on every
 * signal, and of a SIGKILL they cannot. Without npm nothing is watched, so that the shop can be left running on its own.
 */
export function watchLauncher(gone: () => void): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const shell = process.ppid;
  const npm = npmAbove(shell);
  const timer = setInterval(() => {
    if (process.ppid === shell && (npm === undefined || runs(npm))) return;
    clearInterval(timer);
    gone();
  }, INTERVAL);
  timer.unref();
}

/** npm runs a script in a shell, and the shell is our parent, unless it made way for us. */
function npmAbove(shell: number): number | undefined {
  try {
    const parent = ps('ppid=', shell);
    return ps('args=', Number(parent)).startsWith('npm ') ? Number(parent) : undefined;
  } catch {
    return undefined; // there is no ps: the shell has to do
  }
}

function ps(column: string, pid: number): string {
  return execFileSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' }).trim();
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
