import { execFileSync, spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from '@rookery/testing';

const start = fileURLToPath(new URL('../dist/start.js', import.meta.url));

type Launch = (command: [string, ...string[]], options: SpawnOptions) => ChildProcess;

const directly: Launch = ([command, ...args], options) => spawn(command, args, options);

/** As npm does: in a shell that waits for it. */
export const inShell: Launch = (command, options) =>
  spawn('sh', ['-c', `${command.map((word) => `'${word}'`).join(' ')}; exit $?`], options);

/** The shop as a person starts it, on a free port, with all that it has written. */
export class RunningShop {
  readonly process: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  log = '';

  constructor(args: string[] = [], environment: NodeJS.ProcessEnv = { PORT: '0' }, launch = directly) {
    this.process = launch([process.execPath, start, ...args], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const note = (chunk: Buffer) => (this.log += chunk.toString());
    this.process.stdout?.on('data', note);
    this.process.stderr?.on('data', note);
    this.ended = once(this.process, 'close').then(([code, signal]) => ({ code, signal }));
  }

  /** Resolves when it says that it is ready. */
  async ready(): Promise<this> {
    await this.says(/the shop is ready/);
    return this;
  }

  /** Resolves with the first match of `text` in the log after position `from`. */
  says(text: RegExp, from = 0): Promise<RegExpExecArray> {
    return eventually(() => {
      const match = text.exec(this.log.slice(from));
      if (match) return match;
      throw new Error(`the log does not say ${String(text)}:\n${this.log}`);
    }, PATIENCE);
  }

  /** The process id of a service, as the log told it last. */
  pid(service: string): number {
    const told = [...this.log.matchAll(new RegExp(`${service} is process (\\d+)`, 'g'))].at(-1);
    if (!told) throw new Error(`the log tells no process of ${service}:\n${this.log}`);
    return Number(told[1]);
  }

  /** Ends a service as `kill -9` does, and resolves when the supervisor has noticed. */
  async crash(service: string): Promise<void> {
    const pid = this.pid(service);
    process.kill(pid, 'SIGKILL');
    await this.says(new RegExp(`${service}: process ${pid} was ended by SIGKILL; it is started again`));
  }

  get origin(): string {
    const [, origin] = /the shop is ready: (\S+)/.exec(this.log) ?? [];
    if (!origin) throw new Error(`the shop is not ready:\n${this.log}`);
    return origin;
  }

  async get(path: string): Promise<Answer> {
    return read(await fetch(this.origin + path));
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('POST', path, body, headers);
  }

  async send(method: string, path: string, body: unknown, headers = {}): Promise<Answer> {
    const all = { 'content-type': 'application/json', ...headers };
    return read(await fetch(this.origin + path, { method, headers: all, body: JSON.stringify(body) }));
  }

  /** A new user's id. */
  async signUp(name: string): Promise<string> {
    const { body } = await this.post('/users', { name, email: `${name.toLowerCase()}@example.com` });
    return body.id;
  }

  /** Ends it for sure. */
  async stop(): Promise<void> {
    this.process.kill('SIGTERM');
    const late = setTimeout(() => this.process.kill('SIGKILL'), 15_000);
    await this.ended;
    clearTimeout(late);
  }
}

export interface Answer {
  readonly status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- asserted on, not trusted
  readonly body: any;
}

async function read(response: Response): Promise<Answer> {
  return { status: response.status, body: await response.json() };
}

/** For what takes a process to start, or to be given up. */
export const PATIENCE = { within: 20_000 };

/** Whether a process runs; one that has ended and that nobody has asked after does not. */
export function runs(pid: number): boolean {
  try {
    return !execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('Z');
  } catch {
    return false;
  }
}
