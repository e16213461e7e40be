import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemRandom } from '@rookery/core';
import { eventually, pause } from '../../waiting/eventually.js';
import type { Program } from '../process/program.js';
import { FaultProxy } from '../proxy/fault-proxy.js';
import { READY } from '../replica-program.js';
import { countsOf, lostOf, requestsIn, type FlowCounts, type Publisher } from './account.js';
import { CALLING } from './caller-program.js';
import { Journal } from './journal.js';
import { KeptProgram } from './kept-program.js';
import {
  ENDPOINTS,
  type CallerOrders,
  type FlowLoad,
  type FlowPatterns,
  type ServiceOrders,
} from './orders.js';
import type { BrokeredPace } from './pace.js';
import type { BrokeredSubject, FaultyBroker } from './subject.js';

/** Milliseconds that a process has to be ready; it may have to wait for a broker. */
const START = 90_000;
/** Milliseconds between two looks at what was handled. */
const LOOK = 200;

/** What one scenario with a broker has to itself: processes that serve and call, and names that nobody else has. */
export class BrokeredWorld {
  readonly broker: FaultyBroker;
  readonly pace: BrokeredPace;
  readonly journal: Journal;
  /** In front of the broker, where the scenario asks for one. */
  readonly proxy: FaultProxy | undefined;
  /** How each process ended that nobody had asked to end. */
  readonly deaths: string[] = [];
  readonly #subject: BrokeredSubject;
  readonly #load: FlowLoad;
  readonly #folder: string;
  readonly #replicas: KeptProgram[] = [];
  readonly #callers: KeptProgram[] = [];
  readonly #token = systemRandom.token(6);
  readonly #publishers: { readonly name: string; readonly program: Program }[] = [];
  readonly #programs: { readonly what: string; readonly program: Program }[] = [];
  readonly #remove = (): void => rmSync(this.#folder, { recursive: true, force: true });
  #count = 0;

  private constructor(
    subject: BrokeredSubject,
    broker: FaultyBroker,
    pace: BrokeredPace,
    load: FlowLoad,
    folder: string,
    proxy: FaultProxy | undefined,
  ) {
    this.#subject = subject;
    this.broker = broker;
    this.pace = pace;
    this.#load = load;
    this.#folder = folder;
    this.proxy = proxy;
    this.journal = new Journal(join(folder, 'events'));
    process.on('exit', this.#remove); // whatever ends this process
  }

  static async create(
    subject: BrokeredSubject,
    broker: FaultyBroker,
    pace: BrokeredPace,
    load: Partial<FlowLoad> = {},
    proxied = false,
  ): Promise<BrokeredWorld> {
    const { target, port = 0 } = broker.proxied;
    const proxy = proxied ? await FaultProxy.listen(target, systemClock, port) : undefined;
    const folder = await mkdtemp(join(tmpdir(), 'rookery-brokered-'));
    const world = new BrokeredWorld(subject, broker, pace, { ...pace.load, ...load }, folder, proxy);
    await subject.prepare?.(broker.url, world.#service, world.#patterns);
    return world;
  }

  /** Those that were not asked to end, the oldest first. */
  get replicas(): readonly KeptProgram[] {
    return [...this.#replicas];
  }

  get callers(): readonly KeptProgram[] {
    return [...this.#callers];
  }

  /** Starts replicas and resolves when they are ready. */
  readonly serve = async (count: number): Promise<void> => {
    await Promise.all(this.launch(count).map(({ ready }) => ready));
  };

  /** Starts replicas; they may have to wait for their broker. */
  readonly launch = (count: number): KeptProgram[] => {
    return Array.from({ length: count }, () => {
      const replica = `r${++this.#count}`;
      const orders: Omit<ServiceOrders, 'replica'> = {
        ...this.#common,
        journal: join(this.#folder, 'events'),
      };
      return this.#keep(this.#replicas, this.#subject.service, READY, () => {
        // A second process of that name could be taken for the first, which the broker may not have missed yet.
        const name = `${replica}.${++this.#count}`;
        return { args: { ...orders, replica: name }, started: () => undefined };
      });
    });
  };

  /** Starts one who calls at the load's rate, and resolves when it has begun. */
  readonly call = (load: FlowLoad = this.#load): Promise<void> => {
    const caller = this.#keep(this.#callers, this.#subject.caller, CALLING, () => {
      const name = `p${++this.#count}`;
      const args: CallerOrders = { ...this.#common, name, load };
      return { args, started: (program) => this.#publishers.push({ name, program }) };
    });
    return caller.ready;
  };

  /** Resolves when every endpoint has handled something; of what is published for that nothing is counted. */
  async warmUp(): Promise<void> {
    await this.call({ ...this.pace.load, eventsPerSecond: 20, requestsPerSecond: 5 });
    const endpoints = Object.values(ENDPOINTS).flat();
    await eventually(
      () => {
        const seen = new Set(this.journal.read().map(({ endpoint }) => endpoint));
        return endpoints.every((endpoint) => seen.has(endpoint));
      },
      { within: START },
    );
    await this.hush();
    this.#publishers.length = 0;
  }

  /** Resolves with the milliseconds until a request is answered that begins from now on, or `never` when patience ends. */
  async recovered(): Promise<number | 'never'> {
    const start = systemClock.now();
    const begun = this.#said().map(({ name, lines }) => ({ name, ...requestsIn(lines) }));
    const next = new Map(begun.map(({ name, asked }) => [name, asked]));
    for (;;) {
      const again = this.#said().some(({ name, lines }) => {
        const { answered } = requestsIn(lines);
        return answered.some((id) => id >= (next.get(name) ?? 0));
      });
      const took = systemClock.now() - start;
      if (again) return Math.round(took);
      if (took > this.pace.patience) return 'never';
      await pause(LOOK);
    }
  }

  /** Has all callers end, once what they asked has ended. */
  async hush(): Promise<void> {
    await Promise.all(this.callers.map((caller) => caller.terminate()));
  }

  /** Resolves when all that was accepted is handled, or nothing more has come for as long as the pace's patience. */
  async drained(): Promise<void> {
    const publishers = this.#said();
    let handled = 0;
    let latest = systemClock.now();
    for (;;) {
      const entries = this.journal.read();
      if (lostOf(publishers, entries).length === 0) return;
      // Who tries one event again and again gets nowhere.
      const now = new Set(entries.map(({ endpoint, event }) => `${endpoint} ${event.by}/${event.id}`)).size;
      if (now > handled) latest = systemClock.now();
      else if (systemClock.now() - latest >= this.pace.patience) return;
      handled = now;
      await pause(LOOK);
    }
  }

  counts(): FlowCounts {
    return countsOf(this.#said(), this.journal.read(), this.#load.timeout);
  }

  /** The last that was said by those who took part, and what is missing, for the one who has to find out why. */
  words(): string {
    const said = this.#programs.map(({ what, program }) => {
      const lines = program.lines.filter((line) => !line.startsWith('@')).slice(-6);
      return `${what} ${program.pid}:\n    ${lines.join('\n    ')}`;
    });
    const lost = lostOf(this.#said(), this.journal.read()).slice(0, 8).join(' ');
    return `\n\nlost: ${lost}\n  ${said.slice(-8).join('\n  ')}`;
  }

  /** Ends all that was started. */
  async close(): Promise<void> {
    await Promise.all([...this.callers, ...this.replicas].map((program) => program.kill()));
    await this.proxy?.close();
    this.#remove();
    process.off('exit', this.#remove);
  }

  get #service(): string {
    return `stock-room-${this.#token}`;
  }

  get #patterns(): FlowPatterns {
    const token = this.#token;
    return { moved: `moved.${token}`, told: `told.${token}`, echo: `echo.${token}` };
  }

  get #common() {
    const { options = {} } = this.#subject;
    const url = this.proxy ? this.broker.proxied.url(this.proxy.place) : this.broker.url;
    return { url, service: this.#service, patterns: this.#patterns, options };
  }

  #said(): Publisher[] {
    return this.#publishers.map(({ name, program }) => ({
      name,
      lines: program.lines,
      killed: program.exit !== undefined && program.exit !== '0',
    }));
  }

  #keep(
    among: KeptProgram[],
    script: URL,
    ready: string,
    next: () => { readonly args: object; readonly started: (program: Program) => unknown },
  ): KeptProgram {
    let started: (program: Program) => unknown = () => undefined;
    const what = script.pathname.split('/').at(-1) ?? '';
    const kept: KeptProgram = new KeptProgram(
      () => {
        const { args, ...rest } = next();
        started = rest.started;
        return { script, args: [JSON.stringify(args)], ready, within: START };
      },
      (program) => {
        this.#programs.push({ what, program });
        started(program);
      },
      (how) => this.deaths.push(`${what} ${how}`),
      () => among.splice(among.indexOf(kept), 1),
    );
    among.push(kept);
    return kept;
  }
}
