import { Client, jsonCodec, type CallOptions, type Pattern, type PublishOptions } from '@rookery/core';
import { VirtualClock } from '../clock/virtual-clock.js';
import { Chaos } from './chaos/chaos.js';
import type { Decision } from './chaos/options.js';
import { NEVER_MIND, type HarnessOptions, type Patience } from './options.js';
import { HarnessProcess } from './process/process.js';
import { Service, type Incarnation, type Running, type StartProcess } from './process/service.js';
import type { Stage } from './process/stage.js';
import { Journal } from './records/journal.js';
import { Recorded } from './records/recorded.js';
import { parseSeed } from './seed.js';
import { Drive, type Goal } from './time/drive.js';
import { UnderWay } from './work/under-way.js';
import { Work } from './work/work.js';

/** Virtual milliseconds that one thing may take. */
const WITHIN = 3_600_000;
/** Real milliseconds: below the limit that vitest and Jest set a test, so that the message is this one. */
const WALL = 4_000;
/** Real milliseconds. */
const PATIENCE = 500;
/** What the date is at the start. */
const EPOCH = Date.UTC(2026, 0, 1);
/** The name of the test among the services. */
const TEST = 'test';

/** What a service is, and how many processes of it there are. */
export interface ServicePlan {
  readonly start: StartProcess;
  readonly replicas: number;
}

/** Several services in memory under a virtual clock; see `Harness`. */
export class ServiceSystem extends Recorded implements AsyncDisposable {
  readonly #stage: Stage;
  readonly #drive: Drive;
  readonly #services = new Map<string, Service>();
  readonly #test: HarnessProcess;
  readonly #client: Client;
  #stopped: Promise<void> | undefined;

  protected constructor({ seed = 0, chaos, epoch = EPOCH, patience = PATIENCE }: HarnessOptions) {
    const clock = new VirtualClock(epoch);
    const journal = new Journal(clock);
    super(journal);
    const { number, only } = parseSeed(seed);
    this.#stage = {
      clock,
      journal,
      chaos: new Chaos(clock, number, chaos ?? NEVER_MIND, only),
      underWay: new UnderWay(),
      log: [],
      bus: {},
      seed: number,
    };
    this.#drive = new Drive(clock, this.#stage.underWay, patience);
    this.#test = new HarnessProcess(this.#stage, TEST, TEST, false);
    const { transport, deadlines, ...host } = this.#test.runtime;
    this.#client = new Client({
      ...host,
      deadlines,
      transport: transport.create({ ...host, replica: TEST }),
      codec: jsonCodec({ strict: true }),
      from: TEST,
    });
  }

  /** Starts the services, one after another. */
  protected async begin(plans: Readonly<Record<string, ServicePlan>>): Promise<void> {
    for (const [name, { start, replicas }] of Object.entries(plans)) {
      const service = new Service(name, start, replicas, this.#stage, (error) => this.#drive.fail(error));
      this.#services.set(name, service);
    }
    try {
      await this.#until(async () => {
        for (const service of this.#services.values()) await service.start();
      }, 'the start of the services');
    } catch (error) {
      await this.stop().catch(() => undefined);
      throw error;
    }
    this.#stage.chaos.on = true;
  }

  /** What runs of a service now, as its start has given it; of the first of its replicas. */
  protected running(service: string): Running {
    return this.#alive(service).running;
  }

  /** Virtual milliseconds since the start. */
  get now(): number {
    return this.#stage.clock.now();
  }

  /** Publishes an event, as the service `test`. Handlers run once time is moved on: `await harness.quiescence()`. */
  publish(pattern: Pattern, data?: unknown, options?: PublishOptions): Promise<'stored' | 'memory'> {
    return this.run(() => this.#client.publish(pattern, data, options));
  }

  /**
   * Sends a request, as the service `test`, and moves time on until it is answered. Rejects with what the handler threw,
   * or with one of Rookery's errors.
   */
  request(service: string, pattern: Pattern, data?: unknown, options?: CallOptions): Promise<unknown> {
    return this.run(() => this.#client.request(pattern, data, { ...options, to: service }));
  }

  /** As {@link ServiceSystem.request}, for an answer of several values: all of them, once the last has come. */
  async stream(service: string, pattern: Pattern, data?: unknown, options?: CallOptions): Promise<unknown[]> {
    return this.run(async () => {
      const values: unknown[] = [];
      for await (const value of this.#client.stream(pattern, data, { ...options, to: service }))
        values.push(value);
      return values;
    });
  }

  /**
   * Runs code of the test, or with `as` code of a service, and moves time on until what it returns is settled. Clients
   * used in it are those of that service.
   */
  async run<R>(
    work: () => R | Promise<R>,
    { as = TEST, ...patience }: Patience & { as?: string } = {},
  ): Promise<R> {
    const process = as === TEST ? this.#test : this.#alive(as).process;
    return this.#until(work, 'what the test runs', process, patience);
  }

  /**
   * Moves time on, over retries, delays and timeouts, until no message is in flight or waits for its time. Timers that no
   * message waits for, as that of a periodical job, do not count: {@link ServiceSystem.advance} brings them.
   *
   * @throws Error that says what is still in flight when that takes longer than `within` virtual milliseconds
   */
  async quiescence(patience: Patience = {}): Promise<void> {
    const { underWay } = this.#stage;
    await this.#drive.reach({
      ...this.#limits(patience, 'not quiet'),
      reached: () => underWay.quiet,
    });
  }

  /** Lets so many virtual milliseconds pass, with all that is due in them; 0 for what can be done at once. */
  async advance(ms: number): Promise<void> {
    const until = this.now + ms;
    const { clock } = this.#stage;
    await this.#drive.reach({
      ...this.#limits({}, 'time stands still'),
      ...{ until, elapses: true, reached: () => false },
      late: (why) => (clock.now() >= until ? undefined : new Error(`time stands still: ${why}`)),
    });
  }

  /** Loses a process of the service, as `kill -9` does; another takes its place. Of several replicas, the first. */
  kill(service: string): void {
    this.#service(service).first.process.kill();
  }

  /** What was delayed, repeated and crashed, in its order. */
  get schedule(): readonly Decision[] {
    return this.#stage.chaos.schedule;
  }

  /** What Rookery said in the log of the services. */
  get log(): readonly string[] {
    return this.#stage.log;
  }

  /** What is in flight now, for people. */
  get inFlight(): readonly string[] {
    return this.#stage.underWay.describe();
  }

  /** Stops all services in good order. Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    this.#stage.chaos.on = false;
    await this.#until(async () => {
      for (const service of [...this.#services.values()].reverse()) await service.stop();
      this.#client.close();
      await this.#test.close();
    }, 'the stop of the services');
  }

  async #until<R>(
    work: () => R | Promise<R>,
    what: string,
    process: HarnessProcess = this.#test,
    patience: Patience = {},
  ): Promise<R> {
    const { underWay } = this.#stage;
    const running = new Work(what, underWay.moved);
    underWay.begin(running);
    let ended = false;
    const result = (async () => process.within(running, work))().finally(() => {
      ended = true;
      underWay.end(running);
    });
    const goal = { ...this.#limits(patience, `${what} does not end`), reached: () => ended };
    try {
      return await Promise.race([this.#drive.reach(goal).then(() => result), result]);
    } finally {
      underWay.end(running);
    }
  }

  #limits({ within = WITHIN, wall = WALL }: Patience, failure: string): Omit<Goal, 'reached'> {
    return {
      until: this.now + within,
      elapses: false,
      wall,
      late: (why) => {
        const list = this.inFlight.map((each) => `\n  ${each}`).join('');
        return new Error(`${failure} ${why}; in flight:${list || ' nothing'}`);
      },
    };
  }

  /** @throws Error when it was lost, and its successor does not run yet */
  #alive(name: string): Incarnation & { readonly running: Running } {
    const { process, running } = this.#service(name).first;
    if (process.alive && running) return { process, running };
    throw new Error(`'${name}' was lost, and runs again as time goes on: await harness.quiescence()`);
  }

  #service(name: string): Service {
    const service = this.#services.get(name);
    if (service) return service;
    const known = [...this.#services.keys()].map((each) => `'${each}'`).join(', ');
    throw new Error(`the harness has no service '${name}'; it has ${known || 'none'}`);
  }
}
