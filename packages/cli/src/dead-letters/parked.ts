import type { ParkedKeyFilter } from '@rookery/core';
import { ExitCode } from '../exit-code.js';
import { textOf, type Invocation, type Subcommand } from '../subcommand.js';
import { table } from '../table.js';
import { shownTime } from '../times.js';

export const parked: Subcommand = {
  ids: 0,
  options: { key: { type: 'string' }, endpoint: { type: 'string' } },
  prepare(invocation) {
    const { terminal, json } = invocation;
    const filter = keysOf(invocation);
    return async ({ deadLetters, asked, silent, others }) => {
      const keys = await deadLetters.parked(filter);
      if (json) {
        const names = asked.map(({ name }) => name);
        await terminal.out(`${JSON.stringify({ keys, asked: names, silent, others })}\n`);
        return ExitCode.done;
      }
      const head = ['KEY', 'ENDPOINT', 'LETTERS', 'SINCE', 'FIRST', 'CAUSE'];
      const rows = keys.map(({ key, endpoint, letters, since, first, cause }) => [
        ...[key, endpoint, String(letters), shownTime(since), first, cause],
      ]);
      if (rows.length > 0) await terminal.out(table(head, rows, terminal.columns));
      terminal.err(keysSaid(keys.length));
      return ExitCode.done;
    };
  },
};

/** Which keys the command line names. */
export function keysOf(invocation: Invocation): ParkedKeyFilter {
  const key = textOf(invocation, 'key');
  const endpoint = textOf(invocation, 'endpoint');
  return { ...(key === undefined ? {} : { key }), ...(endpoint === undefined ? {} : { endpoint }) };
}

export function keysSaid(count: number): string {
  return `${count} parked ${count === 1 ? 'key' : 'keys'}`;
}
