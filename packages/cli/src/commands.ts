import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { drop } from './dead-letters/drop.js';
import { edit } from './dead-letters/edit.js';
import { exportLetters } from './dead-letters/export.js';
import { groups } from './dead-letters/groups.js';
import { list } from './dead-letters/list.js';
import { parked } from './dead-letters/parked.js';
import { release } from './dead-letters/release.js';
import { replay } from './dead-letters/replay.js';
import { show } from './dead-letters/show.js';
import { ExitCode } from './exit-code.js';
import { HELP } from './help.js';
import { CONNECTION_OPTIONS, connected } from './connected.js';
import { interruptible } from './interruptible.js';
import type { Invocation, Subcommand, Work } from './subcommand.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';

const DEAD_LETTERS: Readonly<Record<string, Subcommand>> = {
  list,
  groups,
  show,
  replay,
  edit,
  drop,
  parked,
  release,
  export: exportLetters,
};

const ALWAYS: ParseArgsOptionsConfig = {
  ...CONNECTION_OPTIONS,
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
};

/**
 * The command that the arguments name, ready to be run.
 *
 * @throws UsageError
 */
export function commandOf([area = '', name = '', ...rest]: readonly string[]): (
  terminal: Terminal,
) => Promise<number> {
  if (area !== 'dead-letters')
    throw new UsageError(`there is no command ${area}; there is: dead-letters (rookery help)`);
  if (name === '' || name === '--help' || name === '-h') return help;
  const subcommand = Object.hasOwn(DEAD_LETTERS, name) ? DEAD_LETTERS[name] : undefined;
  if (!subcommand) {
    const known = Object.keys(DEAD_LETTERS).join(', ');
    throw new UsageError(`there is no command dead-letters ${name}; there are: ${known} (rookery help)`);
  }
  const { values, positionals } = parsed(rest, { ...ALWAYS, ...subcommand.options });
  if (values['help']) return help;
  const [extra] = positionals.slice(subcommand.ids);
  if (extra !== undefined) throw new UsageError(`what is ${extra}? dead-letters ${name} does not take it`);
  return async (terminal) => {
    const invocation: Invocation = { values, ids: positionals, terminal, json: values['json'] === true };
    const ready = await subcommand.prepare(invocation);
    return connected(invocation, subcommand.endsWell ? ready : leaving(ready, terminal));
  };
}

/** Work that Ctrl-C ends wherever it is. */
function leaving(work: Work, { interrupted }: Terminal): Work {
  return (control) => interruptible(interrupted, work(control));
}

async function help(terminal: Terminal): Promise<number> {
  await terminal.out(HELP);
  return ExitCode.done;
}

function parsed(args: readonly string[], options: ParseArgsOptionsConfig) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message} (rookery help)`);
  }
}
