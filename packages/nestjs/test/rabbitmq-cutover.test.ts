import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually } from '@rookery/testing';
import { expect, onTestFinished, test } from 'vitest';
import { fresh, needsRabbitmq, onChannel, removedAtTheEnd, URL_OF_BROKER } from './rabbitmq.js';

needsRabbitmq();

/** How long processes may take to begin, and work to go on, on a busy machine. */
const PATIENCE = { within: 60_000 };

const REPLICA = new URL('cutover/replica.ts', import.meta.url);
const LOAD = new URL('cutover/load.ts', import.meta.url);

/** As replica.ts has it. */
const PREFETCH = 20;

/** The major of Nest that the stock processes run on. */
const MAJOR = process.env['NEST_MAJOR'] ?? '12';

class Program {
  readonly name: string;
  readonly lines: string[] = [];
  readonly #child: ChildProcess;

  constructor(name: string, file: URL, ...args: string[]) {
    this.name = name;
    this.#child = spawn(process.execPath, [fileURLToPath(file), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void this.#child.kill('SIGKILL'));
    if (this.#child.stdout)
      createInterface({ input: this.#child.stdout }).on('line', (line) => this.lines.push(line));
  }

  async says(line: string): Promise<this> {
    await eventually(() => this.lines.includes(line), PATIENCE);
    return this;
  }

  /** The numbers in its lines that begin with this word. */
  numbers(word: string): number[] {
    return this.lines.filter((line) => line.startsWith(`${word} `)).map((line) => Number(line.split(' ')[1]));
  }

  /** Ends it, as an orchestrator does if nothing else is said. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const ended = once(this.#child, 'close');
    this.#child.kill(signal);
    await ended;
  }
}

interface Handled {
  readonly n: number;
  readonly by: Program;
}

function handledBy(replicas: readonly Program[], word: string): Handled[] {
  return replicas.flatMap((by) => by.numbers(word).map((n) => ({ n, by })));
}

async function system() {
  const [queue, prefix] = [fresh('moved'), fresh('moved')];
  removedAtTheEnd(() => ({
    queues: [
      queue,
      `${prefix}.moved.requests`,
      `${prefix}.moved.endpoint.Handlers%2Emoved`,
      `${prefix}.moved.early`,
      `${prefix}.orphans`,
    ],
    exchanges: [`${prefix}.events`, `${prefix}.retries`, `${prefix}.orphans`],
  }));
  const replicas: Program[] = [];
  const start = async (kind: 'stock' | 'rookery'): Promise<Program> => {
    const major = kind === 'stock' ? MAJOR : '12';
    const name = `${kind} ${replicas.length}`;
    const one = new Program(name, REPLICA, kind, major, URL_OF_BROKER, queue, prefix);
    replicas.push(one);
    return one.says('ready');
  };
  /** Each of them goes on handling. */
  const goOn = (...some: Program[]) =>
    Promise.all(
      some.map((one) => {
        const before = one.numbers('event').length;
        return eventually(() => one.numbers('event').length >= before + 100, PATIENCE);
      }),
    );
  return { queue, replicas, start, goOn };
}

/** What became of what the stock clients have sent, once the queue is empty. */
async function counts(load: Program, replicas: readonly Program[], queue: string) {
  await load.stop();
  expect(load.lines.at(-1)).toBe('done');
  const emitted = new Set(load.numbers('emitted'));
  const events = () => handledBy(replicas, 'event');
  await eventually(async () => {
    const { messageCount } = await onChannel((channel) => channel.checkQueue(queue));
    return messageCount === 0 && new Set(events().map(({ n }) => n)).size >= emitted.size;
  }, PATIENCE).catch(() => undefined);
  const handled = new Map<number, string[]>();
  for (const { n, by } of events()) handled.set(n, [...(handled.get(n) ?? []), by.name]);
  const unanswered = load.numbers('unanswered');
  const asked = handledBy(replicas, 'request');
  const repeated = [...handled].filter(([, names]) => names.length > 1);
  return {
    emitted: emitted.size,
    lost: [...emitted].filter((n) => !handled.has(n)).length,
    repeated: repeated.length,
    /** Handled by a Rookery replica, and by another one again. */
    repeatedAfterRookery: repeated.filter(([, names]) => names[0]?.startsWith('rookery')).length,
    answered: load.numbers('answered').length,
    unanswered: unanswered.length,
    /** Handled by a Rookery replica, without an answer. */
    unansweredByRookery: unanswered.filter((n) =>
      asked.some((one) => one.n === n && one.by.name.startsWith('rookery')),
    ).length,
  };
}

test(`a stock service on Nest ${MAJOR} moves to Rookery and back under load, replica by replica`, async ({
  annotate,
}) => {
  const { queue, replicas, start, goOn } = await system();
  const stock = [await start('stock'), await start('stock')];
  const load = await new Program('load', LOAD, MAJOR, URL_OF_BROKER, queue).says('ready');
  await goOn(...stock);
  const own: Program[] = [];
  for (const old of stock) {
    own.push(await start('rookery'));
    await goOn(old, ...own); // both at once
    await old.stop();
    await goOn(...own);
  }
  const back: Program[] = [];
  for (const old of own) {
    back.push(await start('stock'));
    await goOn(old, ...back);
    await old.stop();
    await goOn(...back);
  }
  const seen = await counts(load, replicas, queue);
  await annotate(JSON.stringify(seen));
  expect(seen).toMatchObject({ lost: 0, repeatedAfterRookery: 0, unansweredByRookery: 0 });
  expect(seen.emitted).toBeGreaterThan(500);
  expect(seen.answered).toBeGreaterThan(100);
  for (const replica of replicas) expect(replica.numbers('event').length).toBeGreaterThan(100);
}, 240_000);

test('a Rookery replica that dies beside a stock one: what it had in hand is handled by the other', async ({
  annotate,
}) => {
  const { queue, replicas, start, goOn } = await system();
  const [stock, own] = [await start('stock'), await start('rookery')];
  const load = await new Program('load', LOAD, MAJOR, URL_OF_BROKER, queue).says('ready');
  await goOn(stock, own);
  await own.stop('SIGKILL');
  await goOn(stock);
  const next = await start('rookery');
  await goOn(stock, next);
  await stock.stop('SIGKILL');
  await goOn(next);
  const seen = await counts(load, replicas, queue);
  await annotate(JSON.stringify(seen));
  expect(seen.lost).toBe(0);
  // No more than what a replica is given ahead, which the broker gives to the other once more.
  expect(seen.repeated).toBeLessThanOrEqual(2 * PREFETCH);
}, 240_000);
