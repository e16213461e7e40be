import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds between two looks: while the shop comes up, and later. */
const EAGER = 100;
const CALM = 1_000;

/** Milliseconds that the gateway has for its answer; it gives the services behind it one second. */
const PATIENCE = 3_000;

/** Milliseconds after which a start is called slow. */
const SLOW = 15_000;

/** Asks the gateway again and again who is ready, and tells of what changes. */
export class ReadinessWatch {
  readonly #url: string;
  readonly #say: (text: string) => void;
  readonly #stopped = new AbortController();
  /** Who did not answer at the last look, and what came instead. */
  #silent = new Map<string, string>();

  constructor(origin: string, say: (text: string) => void) {
    this.#url = `${origin}/health/ready`;
    this.#say = say;
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** Calls `onReady` once all services have answered for the first time, then tells who falls silent and who is back. */
  async run(onReady: () => void): Promise<void> {
    try {
      await this.#comeUp();
      onReady();
      for (;;) {
        await this.#pause(CALM);
        this.#compare(await this.#look());
      }
    } catch (error) {
      if (!this.#stopped.signal.aborted) throw error;
    }
  }

  async #comeUp(): Promise<void> {
    let reminder = Date.now() + SLOW;
    for (;;) {
      const silent = await this.#look();
      if (silent.size === 0) return;
      if (Date.now() > reminder) {
        this.#say(`still waiting for ${[...silent].map(([name, why]) => `${name} (${why})`).join(', ')}`);
        reminder += SLOW;
      }
      await this.#pause(EAGER);
    }
  }

  #compare(silent: Map<string, string>): void {
    for (const [name, why] of silent)
      if (!this.#silent.has(name)) this.#say(`${name} does not answer (${why})`);
    for (const name of this.#silent.keys()) if (!silent.has(name)) this.#say(`${name} answers again`);
    this.#silent = silent;
  }

  async #look(): Promise<Map<string, string>> {
    this.#stopped.signal.throwIfAborted();
    try {
      const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(PATIENCE)]);
      const response = await fetch(this.#url, { signal });
      // 503 says who is missing; anything else comes from somebody else
      if (!response.ok && response.status !== 503) return new Map([['gateway', `HTTP ${response.status}`]]);
      const readiness = (await response.json()) as Record<string, string>;
      return new Map(Object.entries(readiness).filter(([, answer]) => answer !== 'ready'));
    } catch (error) {
      this.#stopped.signal.throwIfAborted();
      return new Map([['gateway', whyNot(error)]]);
    }
  }

  #pause(milliseconds: number): Promise<void> {
    return pause(milliseconds, undefined, { signal: this.#stopped.signal });
  }
}

function whyNot(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: { code?: string } };
  return name === 'TimeoutError' ? `silent for ${PATIENCE / 1000} s` : (cause?.code ?? String(error));
}
