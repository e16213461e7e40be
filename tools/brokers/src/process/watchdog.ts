import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { OwnProcess } from './own-process.js';

/** What is left to do when its owner is gone. */
export interface Estate {
  readonly processes: readonly OwnProcess[];
  readonly folder: string;
}

/**
 * A small process that outlives this one. However this one ends, by SIGKILL too, the pipe between them closes, and the
 * watchdog kills the processes and removes the folder that it was told of last.
 */
export class Watchdog {
  readonly #child = spawn(
    process.execPath,
    [fileURLToPath(new URL('watchdog-program.js', import.meta.url))],
    {
      detached: true, // a Ctrl-C for us is none for it
      stdio: ['pipe', 'ignore', 'inherit'],
    },
  );

  constructor() {
    this.#child.unref();
    // a pipe's handle would keep this process alive
    (this.#child.stdin as unknown as { unref(): void }).unref();
    this.#child.stdin.on('error', () => {}); // it is gone itself: nothing watches then
  }

  watch(estate: Estate): void {
    this.#child.stdin.write(`${JSON.stringify(estate)}\n`);
  }

  /** It does at once what it would do if this process ended. */
  abandon(): void {
    this.#child.stdin.end();
  }

  /** It ends and touches nothing: there is nothing left, or what is left is meant to stay. */
  async release(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.ref();
    this.#child.stdin.end('null\n');
    await ended;
  }
}
