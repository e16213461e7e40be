import { fork, type ChildProcess } from 'node:child_process';
import type { Answer, Commands } from './commands.js';

const living = new Set<ChildProcess>();
process.on('exit', killChildren); // whatever ended this process, a thrown error included

/** Kills every child that still lives, by its pid. */
export function killChildren(): void {
  for (const child of living) child.kill('SIGKILL');
}

/** A child process that answers the commands of `C`. */
export class Child<C extends Commands<C>> {
  private readonly process: ChildProcess;
  private readonly gone: Promise<string>;

  /**
   * @param script - the compiled entry
   * @param core - the core it is pinned to; undefined leaves it to the system
   * @param nodeOptions - further command line options of node, separated by spaces
   */
  constructor(script: URL, core?: number, nodeOptions = '') {
    // taskset replaces itself by node, so the pid and the channel are node's
    const pinned = core === undefined ? {} : { execPath: 'taskset', execArgv: taskset(core) };
    const child = fork(script, { ...pinned, stdio: ['ignore', 2, 2, 'ipc'], env: environment(nodeOptions) });
    this.process = child;
    living.add(child);
    this.gone = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(`exited with ${signal ?? code}`));
    });
    void this.gone.then(() => living.delete(child));
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  /** @throws Error when the child fails at it, exits, or takes longer than `seconds`. */
  async ask<Name extends keyof C & string>(
    command: Name,
    ask: C[Name]['ask'],
    seconds = 30,
  ): Promise<C[Name]['answer']> {
    let timer: NodeJS.Timeout | undefined;
    const answer = new Promise<Answer>((resolve) => {
      this.process.once('message', (message) => resolve(message as Answer));
      timer = setTimeout(() => resolve({ error: `no answer to ${command} in ${seconds} s` }), seconds * 1000);
      void this.gone.then((error) => resolve({ error }));
    });
    // a channel that is already closed shows in `gone`
    this.process.send({ command, ask }, () => undefined);
    const outcome = await answer;
    clearTimeout(timer);
    if ('error' in outcome) throw new Error(outcome.error);
    return outcome.answer;
  }

  /** Resolves once the process is no more. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.gone;
  }
}

function taskset(core: number): string[] {
  return ['--cpu-list', String(core), process.execPath];
}

function environment(nodeOptions: string): NodeJS.ProcessEnv {
  const { NODE_OPTIONS = '' } = process.env;
  return { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: `${NODE_OPTIONS} ${nodeOptions}` };
}

/** Has Ctrl-C and SIGTERM end this process, and so all that it has started. */
export function stopWithChildren(): void {
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
}
