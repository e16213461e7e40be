import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Backoff } from './backoff.js';
import type { JoinedLog } from './joined-log.js';

/** A service to be run as a process of its own. */
export interface ServiceProgram {
  readonly name: string;
  /** URL of its compiled main file. */
  readonly main: string;
  readonly environment: NodeJS.ProcessEnv;
}

type State =
  | { readonly status: 'idle' }
  | { readonly status: 'running'; readonly process: ChildProcess; readonly since: number }
  | { readonly status: 'waiting'; readonly timer: NodeJS.Timeout }
  | { readonly status: 'stopping'; readonly process: ChildProcess };

const LEASH = import.meta.resolve('./leash.js');

/** Milliseconds to drain in after SIGTERM. A little more than Rookery's own limit, which names what was left undone. */
const DRAIN_LIMIT = 12_000;

/** One service's process: started again whenever it ends without having been asked to. */
export class ServiceProcess {
  readonly #program: ServiceProgram;
  readonly #log: JoinedLog;
  readonly #say: (text: string) => void;
  readonly #backoff = new Backoff();
  #state: State = { status: 'idle' };

  /** @param say where the supervisor's own words go */
  constructor(program: ServiceProgram, log: JoinedLog, say: (text: string) => void) {
    this.#program = program;
    this.#log = log;
    this.#say = say;
  }

  start(): void {
    const { name, main, environment } = this.#program;
    const child = fork(new URL(main), {
      env: { ...process.env, ...environment },
      execArgv: ['--enable-source-maps', '--import', LEASH],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // In a process group of its own, so that Ctrl-C reaches the supervisor alone, who stops the services in order.
      detached: true,
    });
    this.#state = { status: 'running', process: child, since: Date.now() };
    if (child.stdout) this.#log.follow(name, child.stdout);
    if (child.stderr) this.#log.follow(name, child.stderr);
    child.once('spawn', () => this.#say(`${name} is process ${child.pid}`));
    child.once('exit', (code, signal) => this.#ended(`process ${child.pid} ${howItEnded(code, signal)}`));
    child.on('error', (error) => {
      if (child.pid === undefined) this.#ended(`could not be started: ${error.message}`);
    });
  }

  /** Asks it to drain and end, and resolves when it is gone. It is killed when that takes too long. */
  async stop(): Promise<void> {
    const { name } = this.#program;
    if (this.#state.status === 'waiting') clearTimeout(this.#state.timer);
    if (this.#state.status !== 'running') {
      this.#state = { status: 'idle' };
      return;
    }
    const { process } = this.#state;
    this.#state = { status: 'stopping', process };
    const gone = once(process, 'exit');
    process.kill('SIGTERM');
    const late = setTimeout(() => {
      this.#say(`${name} has not ended ${DRAIN_LIMIT / 1000} s after SIGTERM; it is killed`);
      process.kill('SIGKILL');
    }, DRAIN_LIMIT);
    await gone;
    clearTimeout(late);
  }

  /** Ends it at once. */
  kill(): void {
    if (this.#state.status === 'waiting') clearTimeout(this.#state.timer);
    if ('process' in this.#state) this.#state.process.kill('SIGKILL');
  }

  #ended(how: string): void {
    const { name } = this.#program;
    if (this.#state.status !== 'running') {
      this.#state = { status: 'idle' };
      this.#say(`${name} has stopped`);
      return;
    }
    const wait = this.#backoff.next(Date.now() - this.#state.since);
    this.#say(`${name}: ${how}; it is started again in ${wait / 1000} s`);
    this.#state = { status: 'waiting', timer: setTimeout(() => this.start(), wait) };
  }
}

function howItEnded(code: number | null, signal: NodeJS.Signals | null): string {
  return signal ? `was ended by ${signal}` : `has ended with exit code ${code}`;
}
