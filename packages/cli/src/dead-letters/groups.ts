import { ExitCode } from '../exit-code.js';
import type { Subcommand } from '../subcommand.js';
import { table } from '../table.js';
import { shownTime } from '../times.js';
import { lettersOf } from './counted.js';
import { FILTER_OPTIONS, filterOf } from './which.js';

export const groups: Subcommand = {
  ids: Infinity,
  options: FILTER_OPTIONS,
  prepare(invocation) {
    const { terminal, json } = invocation;
    const filter = filterOf(invocation);
    return async ({ deadLetters, asked, silent, others }) => {
      const found = await deadLetters.groups(filter);
      if (json) {
        const names = asked.map(({ name }) => name);
        await terminal.out(`${JSON.stringify({ groups: found, asked: names, silent, others })}\n`);
        return ExitCode.done;
      }
      const head = ['GROUP', 'COUNT', 'FIRST FAILURE', 'LAST FAILURE', 'ENDPOINT', 'PATTERN', 'CAUSE'];
      const rows = found.map(({ id, count, firstAt, lastAt, endpoint, pattern, cause }) => [
        id,
        String(count),
        shownTime(firstAt),
        shownTime(lastAt),
        endpoint,
        pattern,
        cause,
      ]);
      if (rows.length > 0) await terminal.out(table(head, rows, terminal.columns));
      const all = found.reduce((sum, { count }) => sum + count, 0);
      terminal.err(`${lettersOf(all)} in ${found.length} ${found.length === 1 ? 'group' : 'groups'}`);
      return ExitCode.done;
    };
  },
};
