import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** What the process that offers load is asked for: so many requests a second, or so many at a time. */
export interface LoadAsk {
  readonly rate: number;
  readonly inFlight: number;
  readonly warmUp: number;
  readonly seconds: number;
}

/** How many requests were answered, refused and given up in the seconds after the warm-up. */
export interface LoadReport {
  answered: number;
  refused: number;
  expired: number;
  offered: number;
  /** Milliseconds: the 99th percentile of those that were answered. */
  slow: number;
  /** And of those that were refused. */
  refusedAfter: number;
}

export interface ServeReport {
  /** The most that waited at a time. */
  readonly waiting: number;
  /** The most bytes of heap in use. */
  readonly heap: number;
  readonly now: Readonly<Record<string, number>>;
}

/** A process of overload-program.ts. */
class Side {
  readonly #child: ChildProcess;

  constructor(...args: string[]) {
    this.#child = fork(fileURLToPath(new URL('overload-program.ts', import.meta.url)), args);
    onTestFinished(() => void this.#child.kill('SIGKILL'));
  }

  async heard<T>(): Promise<T> {
    const [message] = (await once(this.#child, 'message')) as [T];
    return message;
  }

  ask<T>(message: object): Promise<T> {
    const answer = this.heard<T>();
    this.#child.send(message);
    return answer;
  }
}

const MEASURED = { rate: 0, inFlight: 20, warmUp: 0.5, seconds: 1.5 };

/** What is offered in the end, besides its rate. */
export const OFFERED = { inFlight: 0, warmUp: 1, seconds: 2.5 };

/** Measures what a handler of 5 ms can do, in requests a second, then offers ten times that. */
export async function overload(mode: 'busy' | 'later' | 'much later' | 'waiting'): Promise<{
  readonly capacity: number;
  readonly loaded: LoadReport;
  readonly server: ServeReport;
}> {
  const server = new Side('serve', mode);
  const load = new Side('load', await server.heard<string>());
  await load.heard();
  const measured = await load.ask<LoadReport>(MEASURED);
  const capacity = measured.answered / MEASURED.seconds;
  const loaded = await load.ask<LoadReport>({ ...OFFERED, rate: capacity * 10 });
  return { capacity, loaded, server: await server.ask<ServeReport>({}) };
}
