import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const PROGRAM = fileURLToPath(new URL('service.ts', import.meta.url));

/** What the handlers of all replicas have said: by number, how often. */
export interface Handled {
  readonly events: Map<number, number>;
  readonly requests: Map<number, number>;
}

/** A process that runs service.ts. */
export class Replica {
  readonly #child: ChildProcess;
  readonly #ready = Promise.withResolvers<void>();
  readonly #ended: Promise<unknown>;
  /** How many events it has handled. */
  events = 0;

  constructor(args: readonly string[], handled: Handled) {
    this.#child = fork(PROGRAM, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#ended = once(this.#child, 'exit');
    void this.#ended.then(() => this.#ready.reject(new Error('it ended before it was ready')));
    this.#ready.promise.catch(() => undefined);
    this.#child.on('message', (said: { ready?: true; event?: number; request?: number }) => {
      if (said.ready) this.#ready.resolve();
      if (said.event !== undefined) {
        this.events++;
        count(handled.events, said.event);
      }
      if (said.request !== undefined) count(handled.requests, said.request);
    });
    onTestFinished(() => void this.#child.kill('SIGKILL'));
  }

  /** Resolves when it listens. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Resolves when it has gone in its own way. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

function count(counts: Map<number, number>, n: number): void {
  counts.set(n, (counts.get(n) ?? 0) + 1);
}
