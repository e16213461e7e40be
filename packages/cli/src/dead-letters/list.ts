import { ExitCode } from '../exit-code.js';
import { numberOf } from '../numbers.js';
import type { Subcommand } from '../subcommand.js';
import { table } from '../table.js';
import { shownTime } from '../times.js';
import { lettersOf } from './counted.js';
import { FILTER_OPTIONS, filterOf } from './which.js';

const MOST = 500;

export const list: Subcommand = {
  ids: Infinity,
  options: { ...FILTER_OPTIONS, limit: { type: 'string' } },
  prepare(invocation) {
    const { terminal, json } = invocation;
    const filter = filterOf(invocation);
    const limit = Math.min(Math.ceil(numberOf(invocation, 'limit', 'letters') ?? 100), MOST - 1);
    return async ({ deadLetters, asked, silent, others }) => {
      const { letters, next } = await deadLetters.list(filter, limit);
      if (json) {
        const names = asked.map(({ name }) => name);
        await terminal.out(
          `${JSON.stringify({ letters, more: next !== undefined, asked: names, silent, others })}\n`,
        );
        return ExitCode.done;
      }
      const several = asked.length > 1;
      const parked = letters.some((letter) => letter.parked);
      const head = [
        'ID',
        'LAST FAILURE',
        'ENDPOINT',
        'PATTERN',
        'TRIES',
        'REPLAYS',
        ...(several ? ['ON'] : []),
        ...(parked ? ['PARKED KEY'] : []),
        'CAUSE',
      ];
      const rows = letters.map((letter) => [
        letter.id,
        shownTime(letter.lastFailure.at),
        letter.endpoint,
        letter.pattern,
        String(letter.attempts),
        String(letter.replays) + (letter.edited ? ' (edited)' : ''),
        ...(several ? [letter.on] : []),
        ...(parked ? [letter.parked ? (letter.key ?? '') : ''] : []),
        letter.lastFailure.cause,
      ]);
      if (rows.length > 0) await terminal.out(table(head, rows, terminal.columns));
      terminal.err(
        next
          ? `the first ${lettersOf(letters.length)}; there are more: --limit, or groups`
          : lettersOf(letters.length),
      );
      return ExitCode.done;
    };
  },
};
