import { runInContext, runInRuntime, type Logger, type Runtime, type TransportFactory } from '@rookery/core';
import { memory } from '@rookery/memory';
import { seededRandom } from '../../clock/seeded-random.js';
import { never } from '../never.js';
import { ProcessClock, WatchedClock } from '../time/process-clock.js';
import { WatchedDeadlines } from '../time/watched-deadlines.js';
import { HarnessTransport } from '../transport/harness-transport.js';
import type { Owner } from '../transport/owner.js';
import { currentWork, runAsWork, type Work } from '../work/work.js';
import type { Stage } from './stage.js';

/** A runtime of which everything is the harness'. */
export interface ProcessRuntime extends Runtime {
  readonly transport: TransportFactory;
  readonly service: string;
  readonly logger: Logger;
}

/** Milliseconds until the medium notices that a process is gone. */
const NOTICED = 1;

/**
 * One process of a service, as far as it can be told apart within one: its clock, its randomness, its transports. Lost,
 * it has no effect any more: its timers never ring, what it awaits of Rookery never comes, what it sends goes nowhere,
 * and what it had not settled goes to others.
 */
export class HarnessProcess implements Owner {
  readonly service: string;
  readonly mortal: boolean;
  readonly runtime: ProcessRuntime;
  readonly stage: Stage;
  readonly #transports: HarnessTransport[] = [];
  readonly #lost: ((restartAfter: number) => void)[] = [];
  #alive = true;

  /** @param name unique within the harness, also over restarts */
  constructor(stage: Stage, name: string, service: string, mortal: boolean) {
    this.stage = stage;
    this.service = service;
    this.mortal = mortal;
    const surroundings = (run: () => void): void => {
      if (this.#alive) this.within(undefined, run);
    };
    const random = seededRandom(hash(`${stage.seed} ${name}`));
    this.runtime = {
      clock: new WatchedClock(stage.clock, surroundings),
      random,
      deadlines: new WatchedDeadlines(new ProcessClock(stage.clock, surroundings)),
      transport: this.#transport(),
      service,
      logger: this.#logger(),
      fault: (point) => this.point(point),
    };
  }

  get alive(): boolean {
    return this.#alive;
  }

  within<R>(work: Work | undefined, run: () => R): R {
    return runInRuntime(this.runtime, () => runAsWork(work, () => runInContext(undefined, run)));
  }

  /** Calls `listener` when the process is lost, with the milliseconds until another takes its place. */
  onLost(listener: (restartAfter: number) => void): void {
    this.#lost.push(listener);
  }

  /** See `faultPoint` of `@rookery/core`. */
  point(what: string): Promise<void> | undefined {
    const { chaos, clock } = this.stage;
    if (!this.#alive) return never();
    const { crash, delay } = chaos.fate(this, 'point', what);
    if (crash) {
      this.kill();
      return never();
    }
    if (delay === 0) return undefined;
    const over = currentWork()?.wait();
    return new Promise((resolve) => {
      clock.after(delay, () => {
        over?.();
        if (this.#alive) resolve();
      });
    });
  }

  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    const { journal, chaos } = this.stage;
    journal.add({ type: 'crashed', at: journal.now, service: this.service });
    for (const transport of this.#transports) transport.abandon(NOTICED);
    const restartAfter = chaos.restartAfter();
    for (const listener of this.#lost) listener(restartAfter);
  }

  /** Closes what is left of it, once nobody uses it any more. */
  async close(): Promise<void> {
    await Promise.all(this.#transports.map((transport) => transport.close()));
  }

  #transport(): TransportFactory {
    const { bus, clock } = this.stage;
    const factory = memory({ bus });
    return {
      scheme: factory.scheme,
      create: (host) => {
        // The medium outlives the process, so it has the time of all.
        const transport = new HarnessTransport(factory.create({ ...host, clock }), this);
        this.#transports.push(transport);
        return transport;
      },
    };
  }

  #logger(): Logger {
    const { log, journal } = this.stage;
    const say = (level: string) => (text: string) => {
      if (this.#alive) log.push(`${journal.now} ms ${this.service} ${level}: ${text}`);
    };
    return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
  }
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
