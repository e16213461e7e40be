import type { ServiceControl } from '@rookery/control';
import type { DeadLetterFilter } from '@rookery/core';
import { ExitCode } from '../exit-code.js';
import { numberOf } from '../numbers.js';
import type { Invocation, Subcommand } from '../subcommand.js';
import { oneLine } from '../table.js';
import { consentOf } from './consent.js';
import { counted, lettersOf } from './counted.js';
import { changedOf, FILTER_OPTIONS } from './which.js';

export const replay: Subcommand = {
  ids: Infinity,
  options: {
    ...FILTER_OPTIONS,
    all: { type: 'boolean' },
    yes: { type: 'boolean' },
    rate: { type: 'string' },
    concurrency: { type: 'string' },
  },
  endsWell: true,
  prepare(invocation) {
    const { filter, all } = changedOf(invocation, 'replay');
    const pace = {
      rate: numberOf(invocation, 'rate', 'letters a second'),
      concurrency: numberOf(invocation, 'concurrency', 'letters'),
    };
    const consent = all ? consentOf(invocation, 'replay --all') : undefined;
    return async (control) => {
      const meant = await counted(control, filter);
      const what = `${lettersOf(meant.count)} of '${control.service}'`;
      if (meant.count > 0 && consent && !(await consent(`replay ${what}?`))) {
        invocation.terminal.err('nothing was replayed');
        return ExitCode.partly;
      }
      return replayed(control, meant.filter, meant.count, invocation, pace);
    };
  },
};

/** Replays letters, says what becomes of them, and gives the exit code. */
export async function replayed(
  { deadLetters }: ServiceControl,
  filter: DeadLetterFilter,
  count: number,
  { terminal, json, ids }: Invocation,
  pace: { readonly rate?: number | undefined; readonly concurrency?: number | undefined } = {},
): Promise<number> {
  const { interrupted: signal } = terminal;
  const tally = { handled: 0, failed: 0, left: 0 };
  if (count > 0) {
    const which = Object.keys(filter).length > 0 ? { filter } : { all: true };
    for await (const outcome of deadLetters.replay(which, { ...pace, signal })) {
      tally[outcome.outcome]++;
      if (json) await terminal.out(`${JSON.stringify(outcome)}\n`);
      else if (outcome.outcome !== 'handled')
        terminal.err(`${outcome.id} ${outcome.outcome}: ${oneLine(outcome.why ?? '')}`);
    }
  }
  const { handled, failed, left } = tally;
  const told = handled + failed + left;
  const missing = Math.max(0, Math.max(count, ids.length) - told);
  const said = [
    `${handled} of ${lettersOf(Math.max(count, told))} handled`,
    ...(failed > 0 ? [`${failed} failed again`] : []),
    ...(left > 0 ? [`${left} left`] : []),
  ];
  if (signal.aborted) {
    terminal.err(`stopped: ${said.join(', ')}; no further one is begun, and those under way end there`);
    return ExitCode.interrupted;
  }
  terminal.err([...said, ...(missing > 0 ? [`${missing} not there`] : [])].join(', '));
  return failed + left + missing > 0 ? ExitCode.partly : ExitCode.done;
}
