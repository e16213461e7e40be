import { HarnessProcess } from './process.js';
import type { Stage } from './stage.js';

/** What a service's start gives. */
export interface Running {
  /** Ends it in good order. */
  stop(): Promise<void>;
}

/** Starts a service in a process; it runs within that process, whose runtime all that it makes gets. */
export type StartProcess = (process: HarnessProcess) => Promise<Running>;

/** A process, and what runs in it. */
export interface Incarnation {
  readonly process: HarnessProcess;
  readonly running: Running | undefined;
}

/** One service: its processes, of which each that is lost is followed by another. */
export class Service {
  readonly #name: string;
  readonly #start: StartProcess;
  readonly #stage: Stage;
  readonly #fail: (error: unknown) => void;
  readonly #replicas: (Incarnation | undefined)[];
  #count = 0;
  #stopping = false;

  /** @param fail told when a process could not be started again */
  constructor(
    name: string,
    start: StartProcess,
    replicas: number,
    stage: Stage,
    fail: (error: unknown) => void,
  ) {
    this.#name = name;
    this.#start = start;
    this.#stage = stage;
    this.#fail = fail;
    this.#replicas = Array.from({ length: replicas }, () => undefined);
  }

  /** The first of its replicas. */
  get first(): Incarnation {
    const [first] = this.#replicas;
    if (!first) throw new Error(`'${this.#name}' has not been started`);
    return first;
  }

  async start(): Promise<void> {
    for (let index = 0; index < this.#replicas.length; index++) await this.#begin(index);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const incarnation of this.#replicas) {
      if (!incarnation?.process.alive) continue;
      const { process, running } = incarnation;
      await process.within(undefined, () => running?.stop());
      await process.close();
    }
  }

  /** Resolves with whether it runs: it may have been lost while it started. */
  async #begin(index: number): Promise<boolean> {
    const process = new HarnessProcess(this.#stage, `${this.#name}-${this.#count++}`, this.#name, true);
    this.#replicas[index] = { process, running: undefined };
    const lost = new Promise<undefined>((resolve) => process.onLost(() => resolve(undefined)));
    process.onLost((after) => this.#follow(index, after));
    const running = await Promise.race([process.within(undefined, () => this.#start(process)), lost]);
    if (process.alive) this.#replicas[index] = { process, running };
    return process.alive;
  }

  #follow(index: number, after: number): void {
    const { clock, journal, underWay } = this.#stage;
    const pending = { what: `'${this.#name}', to be started again at ${journal.now + after} ms` };
    underWay.add(pending);
    clock.after(after, () => {
      underWay.remove(pending);
      if (this.#stopping) return;
      const started = underWay.starting();
      this.#begin(index)
        .then((runs) => {
          if (!runs) return;
          journal.add({ type: 'restarted', at: journal.now, service: this.#name });
          underWay.expect(`events that waited for '${this.#name}'`, 1, clock);
        })
        .catch(this.#fail)
        .finally(started);
    });
  }
}
