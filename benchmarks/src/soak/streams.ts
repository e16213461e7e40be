import { setTimeout as sleep } from 'node:timers/promises';
import { describeMachine, versions } from '../machine.js';
import { Child } from '../process/child.js';
import { RESULTS, save } from '../report/save.js';
import type { SoakClientCommands, SoakServerCommands } from './commands.js';
import { isFlat, type Trend } from './flatness.js';
import type { Direction } from './one-stream.js';
import type { Sample } from './sample.js';
import { memoryOf, printTrends } from './trends.js';

const MINUTES = 5;
/** Milliseconds between two looks at the server. */
const LOOK = 100;

interface Run {
  readonly direction: Direction;
  readonly seconds: number;
  readonly trends: Readonly<Record<'client' | 'server', readonly Trend[]>>;
}

/**
 * One stream of `items` over TCP down to a slow reader, then one up to a slow handler: all there, in order, and the memory
 * of both processes flat, or `process.exitCode` is 1.
 *
 * @throws Error when an item is missing, repeated or out of order
 */
export async function soakStreams(items: number, saved: boolean): Promise<void> {
  const date = new Date().toISOString();
  const runs: Run[] = [];
  for (const direction of ['down', 'up'] as const) {
    const run = await streamed(direction, items);
    runs.push(run);
    print(`${direction}: ${items} items in order, in ${run.seconds.toFixed(1)} s`);
    printTrends(run.trends);
  }
  if (!runs.flatMap(({ trends }) => Object.values(trends).flat()).every(isFlat)) process.exitCode = 1;
  if (!saved) return;
  const result = { date, items, machine: describeMachine('not pinned'), versions: versions(), runs };
  print(`\nsaved to ${save(RESULTS, 'streams', date, result)}`);
}

/** In processes of its own, so that what one direction leaves is not the other's. */
async function streamed(direction: Direction, items: number): Promise<Run> {
  const server = new Child<SoakServerCommands>(new URL('./server.js', import.meta.url), undefined);
  const client = new Child<SoakClientCommands>(new URL('./client.js', import.meta.url), undefined);
  await client.ask('connect', { port: await server.ask('start', {}) });
  let over = false;
  const streaming = client.ask('stream', { direction, items }, MINUTES * 60).finally(() => (over = true));
  const held: Sample[] = [];
  const looking = (async () => {
    while (!over) {
      held.push(await server.ask('sample', {}));
      await sleep(LOOK);
    }
  })();
  const [{ seconds, samples }] = await Promise.all([streaming, looking]);
  await Promise.all([client.kill(), server.kill()]);
  return { direction, seconds, trends: { client: memoryOf(samples), server: memoryOf(held) } };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
