import { parseArgs } from 'node:util';
import { choosePinning, describeMachine, versions } from './machine.js';
import { MODES, type Held, type Loaded, type Mode } from './overload/commands.js';
import type { OverloadClientCommands, OverloadServerCommands } from './overload/commands.js';
import { Child, stopWithChildren } from './process/child.js';
import { DISTURBING, quietMachine, watchOthers } from './quiet.js';
import { RESULTS, save } from './report/save.js';

/** How often the load is what the service can bear. */
const TIMES = 10;
/** What has to be left of the capacity, and in which time nearly all answers come, in milliseconds. */
const LEAST_GOODPUT = 0.8;
const DEADLINE = 1_000;
/** How many requests may wait, by default, and what the heap may be, in MiB. */
const MOST_WAITING = 10_000;
const MOST_HEAP = 256;
/** How many are under way while the capacity is measured. */
const IN_FLIGHT = 20;

const NEVER = new AbortController().signal;

interface Result {
  readonly mode: Mode;
  /** Requests a second. */
  readonly capacity: number;
  readonly goodput: number;
  readonly loaded: Loaded;
  readonly held: Held;
  /** The share of all cores that other processes took meanwhile. */
  readonly disturbance: number;
  readonly passed: boolean;
}

stopWithChildren();

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    tries: { type: 'string', default: '3' },
    save: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
if (!(seconds > 0 && seconds <= 600)) {
  process.stderr.write(`--seconds is a number above 0, at most 600, not "${values.seconds}"\n`);
  process.exit(2);
}
const tries = Number(values.tries);
if (!(Number.isInteger(tries) && tries >= 1 && tries <= 20)) {
  process.stderr.write(`--tries is a whole number from 1 to 20, not "${values.tries}"\n`);
  process.exit(2);
}
const date = new Date().toISOString();
const { pinning, why } = choosePinning();
const results: Result[] = [];
for (const mode of MODES) results.push(await measureInQuiet(mode));
if (!results.every(({ passed }) => passed)) process.exitCode = 1;
if (values.save) {
  const report = { date, seconds, machine: describeMachine(why), versions: versions(), results };
  print(`saved to ${save(RESULTS, 'overload', date, report)}`);
}

/** The first try that nothing disturbed, or the one that was disturbed the least: how it went has no say in it. */
async function measureInQuiet(mode: Mode): Promise<Result> {
  let best: Result | undefined;
  for (let attempt = 1; attempt <= tries && (best?.disturbance ?? 1) >= DISTURBING; attempt++) {
    await quietMachine(seconds, NEVER);
    const next = await measure(mode);
    if (!best || next.disturbance < best.disturbance) best = next;
  }
  if (!best) throw new Error(`${mode} was not measured`);
  return best;
}

async function measure(mode: Mode): Promise<Result> {
  const server = new Child<OverloadServerCommands>(
    new URL('./overload/server.js', import.meta.url),
    pinning?.server,
  );
  const client = new Child<OverloadClientCommands>(
    new URL('./overload/client.js', import.meta.url),
    pinning?.client,
  );
  try {
    const port = await server.ask('start', { mode });
    await client.ask('connect', { port, mode });
    const patience = seconds * 2 + 30;
    const used = async (): Promise<number> => (await server.ask('cpu', {})) + (await client.ask('cpu', {}));
    const others = watchOthers();
    const before = await used();
    const alone = await client.ask(
      'load',
      { inFlight: IN_FLIGHT, warmUp: 1, seconds: seconds / 2 },
      patience,
    );
    const capacity = alone.answered / (seconds / 2);
    const loaded = await client.ask('load', { rate: TIMES * capacity, warmUp: 1, seconds }, patience);
    const goodput = loaded.answered / seconds;
    const disturbance = others((await used()) - before);
    const held = await server.ask('held', {});
    const passed =
      goodput >= LEAST_GOODPUT * capacity &&
      loaded.p99 < DEADLINE &&
      held.waiting <= MOST_WAITING &&
      held.heapMiB <= MOST_HEAP;
    print(
      `${mode}: capacity ${capacity.toFixed(0)}/s; offered ${(loaded.offered / seconds).toFixed(0)}/s, ` +
        `answered ${goodput.toFixed(0)}/s (${((100 * goodput) / capacity).toFixed(0)} %), p50 ${loaded.p50.toFixed(0)} ms, ` +
        `p99 ${loaded.p99.toFixed(0)} ms, ${loaded.refused} refused, ${loaded.expired} expired; ` +
        `at most ${held.waiting} waited, heap ${held.heapMiB.toFixed(0)} MiB; ` +
        `others took ${(100 * disturbance).toFixed(0)} % of the cores: ${passed ? 'passed' : 'FAILED'}`,
    );
    return { mode, capacity, goodput, loaded, held, disturbance, passed };
  } finally {
    await Promise.all([server.kill(), client.kill()]);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
