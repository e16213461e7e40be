import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

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

/** The first of `count` free ports in a row. */
export async function portsInARow(count: number): Promise<number> {
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
