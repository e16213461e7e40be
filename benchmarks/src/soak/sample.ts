import { readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What a process held when it had nothing to do. */
export interface Sample {
  /** Bytes, after a full garbage collection. */
  readonly heap: number;
  readonly rss: number;
  /** Of `process.getActiveResourcesInfo()`: sockets, pipes, timers and the like that keep the process alive. */
  readonly handles: Readonly<Record<string, number>>;
  /** Open file descriptors; `undefined` where the system does not tell. */
  readonly descriptors: number | undefined;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

export function takeSample(): Sample {
  collect();
  collect(); // what finalizers of the first one let go
  const { heapUsed, rss } = process.memoryUsage();
  const handles: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) handles[name] = (handles[name] ?? 0) + 1;
  return { heap: heapUsed, rss, handles, descriptors: descriptors() };
}

/** Linux lists them; the one that lists is among them. */
function descriptors(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  return readdirSync('/proc/self/fd').length - 1;
}

export function describeSample({ heap, rss, handles, descriptors }: Sample): string {
  const [heapMiB, rssMiB] = [heap, rss].map((bytes) => (bytes / 2 ** 20).toFixed(1));
  const kinds = Object.entries(handles).map(([kind, count]) => `${count} ${kind}`);
  const open = descriptors === undefined ? [] : [`${descriptors} descriptors`];
  return [`heap ${heapMiB} MiB`, `rss ${rssMiB} MiB`, ...open, ...kinds].join(', ');
}
