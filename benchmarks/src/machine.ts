import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';

/** The core of each process; undefined when they run wherever the system puts them. */
export type Pinning = { readonly client: number; readonly server: number } | undefined;

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly system: string;
  /** A sentence: which process ran where, or why neither was pinned. */
  readonly pinned: string;
  /** Of the last minute, when the run began: what else the machine was doing. */
  readonly loadAverage: number;
}

/** Pins by `taskset`, where it exists and this process may use two cores. */
export function choosePinning(): { pinning: Pinning; why: string } {
  const allowed = allowedCores();
  const [client, server] = allowed;
  if (client === undefined || server === undefined) {
    return { pinning: undefined, why: `not pinned: ${allowed.length} core(s) known to be usable` };
  }
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
  } catch {
    return { pinning: undefined, why: 'not pinned: there is no taskset here' };
  }
  return { pinning: { client, server }, why: `client on core ${client}, server on core ${server}` };
}

export function describeMachine(pinned: string): Machine {
  return {
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    system: `${os.platform()} ${os.release()}`,
    pinned,
    loadAverage: os.loadavg()[0] ?? 0,
  };
}

/** The installed versions of what is compared. */
export function versions(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const { dependencies } = require('../package.json') as { dependencies: Record<string, string> };
  const found: Record<string, string> = { node: process.versions.node };
  for (const name of Object.keys(dependencies)) {
    const file = require.resolve.paths(name)?.map((folder) => `${folder}/${name}/package.json`) ?? [];
    found[name] = file.map(versionIn).find((version) => version !== undefined) ?? 'unknown';
  }
  return found;
}

/** By file, since not every package exports its package.json. */
function versionIn(file: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  } catch {
    return undefined;
  }
}

/** From a list like `0-3,8`; empty where there is no /proc. */
function allowedCores(): number[] {
  let status: string;
  try {
    status = readFileSync('/proc/self/status', 'utf8');
  } catch {
    return [];
  }
  const list = /^Cpus_allowed_list:\s*(.*)$/m.exec(status)?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
