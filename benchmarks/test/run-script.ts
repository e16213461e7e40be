import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export interface RunningScript {
  readonly process: ChildProcess;
  /** What it has printed so far. */
  output(): string;
  errors(): string;
}

/** Starts a compiled script of this package with arguments, and more for its environment; it is killed when the test is over. */
export function runScript(name: string, ...given: (string | NodeJS.ProcessEnv)[]): RunningScript {
  const args = given.filter((each) => typeof each === 'string');
  const env = Object.assign(
    { ...process.env },
    ...given.filter((each) => typeof each === 'object'),
  ) as NodeJS.ProcessEnv;
  const script = fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url));
  const child = spawn(process.execPath, [script, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (errors += String(chunk)));
  onTestFinished(() => void child.kill('SIGKILL'));
  return { process: child, output: () => output, errors: () => errors };
}
