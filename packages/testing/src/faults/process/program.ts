import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@rookery/core';

/** A node program, and how one sees that it is there. */
export interface ProgramOptions {
  readonly script: URL;
  readonly args?: readonly string[];
  /** How the line on its standard output begins that says that it is ready. */
  readonly ready: string;
  /** Milliseconds that it has for that. Default 30,000. */
  readonly within?: number;
}

const living = new Set<ChildProcess>();
// Whatever ends this process, a thrown error included, ends its children.
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

/** A node program as a process of its own. Signals go to this one process, by its id. */
export class Program {
  /** What it has said, on both of its outputs. */
  readonly lines: string[] = [];
  /** How it ended: the signal, else the exit code. */
  readonly ended: Promise<string>;
  /** As {@link ended}, once it has. */
  exit: string | undefined;
  readonly #child: ChildProcess;
  readonly #options: ProgramOptions;
  readonly #ready = Promise.withResolvers<string | undefined>();

  private constructor(options: ProgramOptions) {
    const { script, args = [], ready } = options;
    const child = spawn(process.execPath, [fileURLToPath(script), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#options = options;
    this.#child = child;
    living.add(child);
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.lines.push(line);
      if (line.startsWith(ready)) this.#ready.resolve(undefined);
    });
    createInterface({ input: child.stderr }).on('line', (line) => this.lines.push(line));
    this.ended = once(child, 'close').then(([code, signal]) => {
      living.delete(child);
      this.#ready.resolve(`it ended by ${signal ?? code}`);
      return (this.exit = String(signal ?? code));
    });
  }

  /** Starts it and resolves when it is ready. @throws as {@link Program.ready} */
  static async start(options: ProgramOptions): Promise<Program> {
    const program = Program.launch(options);
    await program.ready();
    return program;
  }

  /** Starts it; whether it gets ready shows later. */
  static launch(options: ProgramOptions): Program {
    return new Program(options);
  }

  /** Resolves when it is ready. @throws Error with its last words, after killing it, when it does not get there */
  async ready(): Promise<void> {
    const { script, ready, within = 30_000 } = this.#options;
    const timer = systemClock.after(within, () => this.#ready.resolve(`not within ${within} ms`));
    const failure = await this.#ready.promise;
    timer.cancel();
    if (failure === undefined) return;
    await this.kill();
    const words = this.lines.slice(-20).join('\n  ');
    throw new Error(`${script.pathname} did not say '${ready}': ${failure}\n  ${words}`);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Whether it has not ended. */
  get lives(): boolean {
    return living.has(this.#child);
  }

  /** Ends it as a crash does, and resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** Asks it to end, by SIGTERM, and resolves with how it did. */
  terminate(): Promise<string> {
    this.#child.kill('SIGTERM');
    return this.ended;
  }

  /** Stops it where it is, by SIGSTOP: it keeps its sockets and does nothing. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  /** Lets it go on after {@link freeze}. */
  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  /** Starts the same again with the same arguments, and so at the same address; ends the old one if it still lives. */
  async restart(): Promise<Program> {
    if (this.lives) await this.kill();
    return Program.start(this.#options);
  }
}
