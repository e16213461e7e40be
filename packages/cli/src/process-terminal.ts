import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { ExitCode } from './exit-code.js';
import type { Terminal } from './terminal.js';

/** The terminal of this process. The first Ctrl-C is for the command to end well, the second ends the process. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process;
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  process.once('SIGTERM', () => interrupted.abort());
  // Whoever reads has had enough: rookery … | head
  stdout.on('error', () => process.exit(ExitCode.done));
  return {
    columns: stdout.isTTY ? stdout.columns : undefined,
    interrupted: interrupted.signal,
    confirm: stdin.isTTY && stderr.isTTY ? confirm : undefined,
    async out(chunk) {
      if (!stdout.write(chunk)) await once(stdout, 'drain');
    },
    err: (line) => void stderr.write(`${line}\n`),
    input: () => text(stdin),
  };

  async function confirm(question: string): Promise<boolean> {
    const asking = createInterface({ input: stdin, output: stderr });
    try {
      const answer = await asking.question(`${question} [y/N] `, { signal: interrupted.signal });
      return /^y(es)?$/i.test(answer.trim());
    } catch {
      return false; // Ctrl-C
    } finally {
      asking.close();
    }
  }
}
