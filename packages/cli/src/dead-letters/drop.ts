import { ExitCode } from '../exit-code.js';
import type { Subcommand } from '../subcommand.js';
import { consentOf } from './consent.js';
import { counted, lettersOf } from './counted.js';
import { changedOf, FILTER_OPTIONS } from './which.js';

export const drop: Subcommand = {
  ids: Infinity,
  options: { ...FILTER_OPTIONS, all: { type: 'boolean' }, yes: { type: 'boolean' } },
  prepare(invocation) {
    const { terminal, json, ids } = invocation;
    const { filter } = changedOf(invocation, 'drop');
    const consent = consentOf(invocation, 'drop');
    return async (control) => {
      const meant = await counted(control, filter);
      const what = `${lettersOf(meant.count)} of '${control.service}'`;
      const agreed = meant.count === 0 || (await consent(`delete ${what} for good?`));
      const dropped =
        agreed && meant.count > 0 ? await control.deadLetters.drop({ filter: meant.filter }) : 0;
      if (json) await terminal.out(`${JSON.stringify({ dropped })}\n`);
      terminal.err(`${lettersOf(dropped)} dropped`);
      return agreed && dropped >= Math.max(meant.count, ids.length) ? ExitCode.done : ExitCode.partly;
    };
  },
};
