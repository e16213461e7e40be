import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Milliseconds that it may take to start. */
const PATIENCE = 60_000;

/** A shop as `npm start` starts it, on a free port of loopback, until it is stopped. */
export interface OwnShop {
  /** Where its gateway answers HTTP. */
  readonly origin: string;
  stop(): Promise<void>;
}

/** @param heard gets each line of its log */
export async function startShop(heard: (line: string) => void): Promise<OwnShop> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../start.js', import.meta.url))], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const late = setTimeout(() => child.kill('SIGTERM'), PATIENCE);
  const origin = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      heard(line);
      const [, found] = /the shop is ready: (\S+)/.exec(line) ?? [];
      if (found) resolve(found);
    });
    void ended.then(() => reject(new Error('the shop has ended before it was ready')));
  });
  clearTimeout(late);
  return {
    origin,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
