import { isRookeryError } from '@rookery/core';
import { commandOf } from './commands.js';
import { ExitCode } from './exit-code.js';
import { HELP } from './help.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';

/**
 * Runs `rookery` with these arguments and resolves with its exit code; does not reject for what a person may have to mend.
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const [first] = args;
  if (first === undefined || first === 'help' || first === '--help' || first === '-h') {
    await terminal.out(HELP);
    return first === undefined ? ExitCode.usage : ExitCode.done;
  }
  try {
    return await commandOf(args)(terminal);
  } catch (error) {
    if (terminal.interrupted.aborted) return ExitCode.interrupted;
    if (error instanceof UsageError) {
      terminal.err(`rookery: ${error.message}`);
      return ExitCode.usage;
    }
    if (!isRookeryError(error)) throw error;
    terminal.err(`rookery: ${error.code}: ${error.message}`);
    return error.code === 'CONFIGURATION' ? ExitCode.usage : ExitCode.service;
  }
}
