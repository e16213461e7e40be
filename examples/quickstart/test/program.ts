import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** One real process of the compiled example, with all it has written. */
export class Program {
  readonly #process: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  output = '';

  constructor(file: URL, env: NodeJS.ProcessEnv = {}) {
    this.#process = fork(file, {
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: 'pipe',
      execArgv: [],
    });
    const note = (chunk: Buffer) => (this.output += chunk.toString());
    this.#process.stdout?.on('data', note);
    this.#process.stderr?.on('data', note);
    this.ended = once(this.#process, 'close').then(([code, signal]) => ({ code, signal }));
  }

  /** Ends it as a person would, and for sure. */
  async stop(): Promise<void> {
    this.#process.kill('SIGTERM');
    const late = setTimeout(() => this.#process.kill('SIGKILL'), 10_000);
    await this.ended;
    clearTimeout(late);
  }
}

/** The first result of `attempt` that does not throw, for up to 20 seconds; then its last error. */
export async function eventually<T>(attempt: () => T | Promise<T>): Promise<T> {
  const end = Date.now() + 20_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
      await pause(25);
    }
  }
}

/** A port after which `count` more are free as well. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 10_000);
    const ports = Array.from({ length: count }, (_, index) => first + index);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return first;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return (server.address() as AddressInfo).port === port;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
