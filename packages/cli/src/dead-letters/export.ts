import { ExitCode } from '../exit-code.js';
import type { Subcommand } from '../subcommand.js';
import { lettersOf } from './counted.js';
import { FILTER_OPTIONS, filterOf } from './which.js';

export const exportLetters: Subcommand = {
  ids: Infinity,
  options: FILTER_OPTIONS,
  endsWell: true,
  prepare(invocation) {
    const { terminal } = invocation;
    const filter = filterOf(invocation);
    return async ({ deadLetters }) => {
      let count = 0;
      for await (const letter of deadLetters.export(filter)) {
        if (terminal.interrupted.aborted) break;
        await terminal.out(`${JSON.stringify(letter)}\n`);
        count++;
      }
      if (terminal.interrupted.aborted) {
        terminal.err(`stopped after ${lettersOf(count)}`);
        return ExitCode.interrupted;
      }
      terminal.err(`${lettersOf(count)} exported`);
      return ExitCode.done;
    };
  },
};
