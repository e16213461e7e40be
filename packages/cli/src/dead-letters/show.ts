import type { BodyRecord, DeadLetterRecord, LetterFailure } from '@rookery/core';
import { ExitCode } from '../exit-code.js';
import type { Subcommand } from '../subcommand.js';
import { oneLine } from '../table.js';
import { shownTime } from '../times.js';
import { UsageError } from '../usage-error.js';

export const show: Subcommand = {
  ids: 1,
  options: { body: { type: 'boolean' } },
  prepare({ ids: [id], terminal, json, values }) {
    if (id === undefined) throw new UsageError('show which letter? Name its id, as list has it');
    return async ({ deadLetters, service }) => {
      const letter = await deadLetters.get(id);
      if (!letter) {
        terminal.err(`rookery: '${service}' has no dead letter ${id}`);
        return ExitCode.partly;
      }
      if (values['body'] === true) await terminal.out(plainBody(letter.body));
      else await terminal.out(json ? `${JSON.stringify(letter)}\n` : shown(letter));
      return ExitCode.done;
    };
  },
};

/** As it is, so that it can be changed and given to edit; bytes as base64. */
function plainBody(body: BodyRecord): string {
  if (body === null) return '';
  return 'text' in body ? body.text : body.base64;
}

function shown(letter: DeadLetterRecord): string {
  const { id, service, endpoint, attempts, replays, envelope, edited, firstFailure, lastFailure } = letter;
  const { headers = {}, ...fields } = envelope;
  const known = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  const lines = [
    `dead letter    ${id}`,
    `endpoint       ${endpoint} of '${service}'`,
    `tries          ${attempts}, ${replays} of its replays failed`,
    ...failure(
      'first failure',
      firstFailure.stack === lastFailure.stack ? { ...firstFailure, stack: undefined } : firstFailure,
    ),
    ...failure('last failure', lastFailure),
    ...(edited
      ? [`edited         ${shownTime(edited.at)}${edited.by === undefined ? '' : ` by ${edited.by}`}`]
      : []),
    'message',
    ...known.map(
      ([name, value]) => `  ${name}: ${oneLine(name === 'time' ? shownTime(Number(value)) : String(value))}`,
    ),
    ...(Object.keys(headers).length > 0 ? ['headers'] : []),
    ...Object.entries(headers).map(([name, value]) => `  ${oneLine(name)}: ${oneLine(value)}`),
    ...body('body', letter.body),
    ...(edited ? body('body as it was published', edited.original) : []),
  ];
  return `${lines.join('\n')}\n`;
}

function failure(title: string, { at, cause, replica, stack }: LetterFailure): string[] {
  const where = replica === undefined ? '' : ` on ${replica}`;
  const frames = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return [
    `${title.padEnd(15)}${shownTime(at)}${where}: ${oneLine(cause)}`,
    ...frames.map((line) => `    ${oneLine(line).trim()}`),
  ];
}

function body(title: string, record: BodyRecord): string[] {
  if (record === null) return [`${title}: none`];
  if ('base64' in record) return [`${title}, bytes as base64`, `  ${record.base64}`];
  return [
    title,
    ...pretty(record.text)
      .split('\n')
      .map((line) => `  ${line.replace(/\p{Cc}/gu, '�')}`),
  ];
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text; // which may be why it lies there
  }
}
