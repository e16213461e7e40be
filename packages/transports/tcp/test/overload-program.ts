// A process of its own, on either side of an overload: `serve <mode>` has a handler of 5 ms behind the core's
// server, `load <port>` offers what its parent asks for. They end with their parent.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createEnvelope,
  Deadlines,
  Expiring,
  jsonCodec,
  MemoryDeadLetters,
  Server,
  silentLogger,
  systemClock,
  systemRandom,
  type Body,
  type Call,
  type ReplySink,
  type RequestOptions,
} from '@rookery/core';
import { tcp } from '@rookery/tcp';
import type { LoadAsk, LoadReport, ServeReport } from './overload.js';

const [task, argument] = process.argv.slice(2);
const HOST = '127.0.0.1';
const WORK = 5;

function host(service: string) {
  const replica = `${service}-${process.pid}`;
  return { service, replica, clock: systemClock, random: systemRandom, logger: silentLogger };
}

function compute(): void {
  const end = performance.now() + WORK;
  while (performance.now() < end);
}

const HANDLERS: Record<string, { handler: () => unknown; requests?: RequestOptions }> = {
  /** Keeps the thread. */
  busy: { handler: compute },
  /** Keeps the thread, after it has awaited something: as handlers behind a database do, or guards and pipes. */
  later: { handler: () => sleep(1).then(compute) },
  /** The same, after it has waited for long: too many have begun before it is felt. */
  'much later': { handler: () => sleep(100).then(compute) },
  /** Waits for somebody else. */
  waiting: { handler: () => sleep(WORK), requests: { concurrency: 10 } },
};

async function serve(mode: string): Promise<void> {
  const transport = tcp({ listen: { host: HOST, port: 0 } }).create(host('math'));
  const { handler, requests } = HANDLERS[mode]!;
  const server = new Server({
    service: 'math',
    transport,
    clock: systemClock,
    random: systemRandom,
    codec: jsonCodec({ strict: false }),
    logger: silentLogger,
    deadLetters: new MemoryDeadLetters(),
    requests,
  });
  server.handle('work', handler);
  await server.start();
  let waiting = 0;
  let heap = 0;
  setInterval(() => {
    waiting = Math.max(waiting, server.describe().now['waiting'] ?? 0);
    heap = Math.max(heap, process.memoryUsage().heapUsed);
  }, 20);
  process.on('message', () => {
    const report: ServeReport = { waiting, heap, now: server.describe().now };
    process.send?.(report);
  });
  process.send?.(transport.describe().addresses[0]);
}

type Outcome = 'answered' | 'refused' | 'expired';
type Done = (outcome: Outcome, ms: number) => void;

/** One request, given up after a second. */
class Offered extends Expiring implements ReplySink {
  readonly #since = performance.now();
  readonly #done: Done;
  call: Call | undefined;

  constructor(done: Done) {
    super();
    this.#done = done;
  }

  reply(_: Body, last: boolean): void {
    if (last) this.#end('answered');
  }

  fail(failure: string): void {
    if (!failure.includes('OVERLOADED')) throw new Error(failure);
    this.#end('refused');
  }

  lost(error: Error): void {
    throw error;
  }

  expire(): void {
    this.call?.cancel('deadline');
    this.#end('expired');
  }

  #end(outcome: Outcome): void {
    deadlines.disarm(this);
    this.#done(outcome, performance.now() - this.#since);
  }
}

const deadlines = new Deadlines(systemClock);

async function load(address: string): Promise<void> {
  const transport = tcp({ services: { math: [address] } }).create(host('caller'));
  let count = 0;
  const offer = (done: Done): void => {
    const offered = new Offered(done);
    const envelope = createEnvelope({ id: `o${++count}`, pattern: 'work', timeout: 1_000 });
    deadlines.arm(offered, 1_000);
    offered.call = transport.request({ service: 'math' }, { envelope, body: '{"a":1}' }, 1, offered);
  };
  const run = async ({ rate, inFlight, seconds, warmUp }: LoadAsk): Promise<void> => {
    const report: LoadReport = { answered: 0, refused: 0, expired: 0, offered: 0, slow: 0, refusedAfter: 0 };
    const latencies: number[] = [];
    const waits: number[] = [];
    const begun = performance.now();
    const first = begun + warmUp * 1_000;
    const end = first + seconds * 1_000;
    let open = 0;
    const one = (): void => {
      open++;
      if (performance.now() >= first) report.offered++;
      offer((outcome, ms) => {
        open--;
        const now = performance.now();
        if (now < first || now >= end) return;
        report[outcome]++;
        if (outcome === 'answered') latencies.push(ms);
        if (outcome === 'refused') waits.push(ms);
        if (inFlight) one();
      });
    };
    for (let sent = 0; performance.now() < end; await sleep(2)) {
      const due = inFlight ? sent + inFlight - open : ((performance.now() - begun) / 1_000) * rate;
      sent = Math.max(sent, due - Math.max(inFlight, rate / 20)); // no burst after this process has stood still
      for (; sent < due; sent++) one();
    }
    while (open > 0) await sleep(10);
    report.slow = percentile(latencies);
    report.refusedAfter = percentile(waits);
    process.send?.(report);
  };
  process.on('message', (ask: LoadAsk) => void run(ask));
  await transport.reach({ service: 'math' });
  process.send?.('ready');
}

function percentile(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? 0;
}

process.on('disconnect', () => process.exit());
await (task === 'serve' ? serve(argument!) : load(argument!));
