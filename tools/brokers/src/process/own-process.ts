import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from '../launch.js';

/** A process that we started, told apart from a later one that got the same id. */
export interface OwnProcess {
  readonly pid: number;
  /** Its start time as the kernel counts it, where /proc tells. */
  readonly since: string | undefined;
}

/** Starts it in a session of its own, so that no Ctrl-C of ours reaches it; both of its outputs go to a log file in the folder. */
export async function spawnOwn({ program, args, env }: Command, cwd: string): Promise<OwnProcess> {
  const file = openSync(join(cwd, 'output.log'), 'a');
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', file, file] });
  closeSync(file);
  const { pid } = child;
  if (pid === undefined) throw await new Promise((resolve) => child.once('error', resolve));
  // without waiting for anything, so that the watchdog knows of it in the same turn
  child.unref();
  return { pid, since: stat(pid)?.since };
}

export function lives({ pid, since }: OwnProcess): boolean {
  const found = stat(pid);
  if (found !== undefined) return found.since === since && found.state !== 'Z';
  try {
    process.kill(pid, 0);
    return since === undefined;
  } catch {
    return false;
  }
}

/** @returns whether there was such a process */
export function signal(own: OwnProcess, name: NodeJS.Signals): boolean {
  try {
    return lives(own) && process.kill(own.pid, name);
  } catch {
    return false; // it ended in between
  }
}

/** Ends it by SIGKILL and resolves when it is gone. */
export async function end(own: OwnProcess): Promise<void> {
  signal(own, 'SIGKILL');
  while (lives(own)) await delay(10);
}

/** Asks it to end, by SIGTERM, and ends it when it has not done so after `grace` milliseconds. */
export async function terminate(own: OwnProcess, grace: number): Promise<void> {
  signal(own, 'SIGCONT'); // one that is stopped would not hear it
  signal(own, 'SIGTERM');
  const latest = performance.now() + grace;
  while (lives(own) && performance.now() < latest) await delay(20);
  await end(own);
}

function stat(pid: number): { readonly state: string; readonly since: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // what follows the name, which may hold anything, begins with the third field
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', since: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}
