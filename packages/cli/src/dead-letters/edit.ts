import { readFile } from 'node:fs/promises';
import { ExitCode } from '../exit-code.js';
import { textOf, type Invocation, type Subcommand } from '../subcommand.js';
import { UsageError } from '../usage-error.js';
import { replayed } from './replay.js';

export const edit: Subcommand = {
  ids: 1,
  options: { body: { type: 'string' }, 'body-file': { type: 'string' }, replay: { type: 'boolean' } },
  endsWell: true,
  async prepare(invocation) {
    const { ids, terminal, values } = invocation;
    const [id] = ids;
    if (id === undefined) throw new UsageError('edit which letter? Name its id, as list has it');
    const body = await bodyOf(invocation);
    return async (control) => {
      if (!(await control.deadLetters.edit(id, body))) {
        terminal.err(`rookery: '${control.service}' has no dead letter ${id}`);
        return ExitCode.partly;
      }
      terminal.err(`the body of ${id} was replaced; the one that was published is kept beside it`);
      return values['replay'] === true ? replayed(control, { ids: [id] }, 1, invocation) : ExitCode.done;
    };
  },
};

async function bodyOf(invocation: Invocation): Promise<string> {
  const body = textOf(invocation, 'body');
  const path = textOf(invocation, 'body-file');
  if ((body === undefined) === (path === undefined))
    throw new UsageError(
      `say the new body once: --body '{"name":"Ada"}', or --body-file <path>, - for the standard input`,
    );
  const text = body ?? (path === '-' ? await invocation.terminal.input() : await read(path ?? ''));
  try {
    JSON.parse(text);
    return text;
  } catch (error) {
    throw new UsageError(`the new body is not JSON: ${(error as Error).message}`);
  }
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`--body-file cannot be read: ${(error as Error).message}`);
  }
}
