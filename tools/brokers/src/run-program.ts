import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds it may take. */
  readonly within: number;
}

/** Runs a program to its end and resolves with its standard output. @throws Error with the end of what it said */
export async function runProgram(
  program: string,
  args: readonly string[],
  { env = process.env, within }: RunOptions,
): Promise<string> {
  try {
    const { stdout } = await run(program, [...args], { env, timeout: within, maxBuffer: 64 * 1_048_576 });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const said = `${stdout}\n${stderr}`.trim().split('\n').slice(-15).join('\n  ');
    throw new Error(`${program} ${args.slice(0, 3).join(' ')} failed:\n  ${said || String(error)}`, {
      cause: error,
    });
  }
}
