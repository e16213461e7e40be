import { ExitCode } from '../exit-code.js';
import type { Subcommand } from '../subcommand.js';
import { oneLine } from '../table.js';
import { UsageError } from '../usage-error.js';
import { lettersOf } from './counted.js';
import { keysOf, keysSaid } from './parked.js';

export const release: Subcommand = {
  ids: 0,
  options: { key: { type: 'string' }, endpoint: { type: 'string' }, all: { type: 'boolean' } },
  endsWell: true,
  prepare(invocation) {
    const { terminal, json, values } = invocation;
    const filter = keysOf(invocation);
    const all = values['all'] === true;
    const narrow = Object.keys(filter).length > 0;
    if (!all && !narrow)
      throw new UsageError('release which keys? Name one with --key, an --endpoint, or --all');
    if (all && narrow) throw new UsageError('--all takes all keys: leave it, or the others, out');
    return async ({ deadLetters }) => {
      const { interrupted: signal } = terminal;
      const before = await deadLetters.parked(filter);
      let handled = 0;
      if (before.length > 0) {
        for await (const outcome of deadLetters.release(all ? { all } : filter, signal)) {
          if (outcome.outcome === 'handled') handled++;
          if (json) await terminal.out(`${JSON.stringify(outcome)}\n`);
          else if (outcome.outcome !== 'handled')
            terminal.err(`${outcome.id} ${outcome.outcome}: ${oneLine(outcome.why ?? '')}`);
        }
      }
      const said = `${lettersOf(handled)} handled`;
      if (signal.aborted) {
        terminal.err(`stopped: ${said}; no further one is begun`);
        return ExitCode.interrupted;
      }
      const left = await deadLetters.parked(filter);
      terminal.err(
        left.length === 0
          ? `${said}, ${keysSaid(before.length)} released`
          : `${said}, ${keysSaid(left.length)} left`,
      );
      return left.length > 0 || before.length === 0 ? ExitCode.partly : ExitCode.done;
    };
  },
};
