import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const START = new URL('../start.js', import.meta.url);
const LEASH = import.meta.resolve('../supervisor/leash.js');

/** Milliseconds that it may take to start. */
const PATIENCE = 60_000;

/** A shop as `npm start` starts it, on a free port of loopback, until it is stopped or this process is gone. */
export interface OwnShop {
  /** Where its gateway answers HTTP. */
  readonly origin: string;
  /** Idempotent. */
  stop(): Promise<void>;
}

/** @param heard gets each line of its log */
export async function startShop(heard: (line: string) => void): Promise<OwnShop> {
  const child = fork(START, {
    env: { ...process.env, PORT: '0' },
    execArgv: ['--import', LEASH],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    // So that Ctrl-C reaches this process alone, which then stops the shop.
    detached: true,
  });
  const ended = once(child, 'exit');
  const late = setTimeout(() => child.kill('SIGTERM'), PATIENCE);
  const ready = Promise.withResolvers<string>();
  void ended.then(() => ready.reject(new Error('the shop has ended before it was ready')));
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      heard(line);
      const [, origin] = /the shop is ready: (\S+)/.exec(line) ?? [];
      if (origin) ready.resolve(origin);
    });
  }
  let stopping: Promise<unknown> | undefined;
  const stop = async (): Promise<void> => {
    if (!stopping) child.kill('SIGTERM'); // a second signal would kill it
    await (stopping ??= ended);
  };
  process.once('SIGINT', () => void stop().then(() => process.exit(130)));
  try {
    return { origin: await ready.promise, stop };
  } finally {
    clearTimeout(late);
  }
}
