import { deadLetterId, type DeadLetter } from '../../src/dead-letters/dead-letter.js';
import { createEnvelope } from '../../src/envelope/envelope.js';

/** A letter of the message `id`, which failed at that time for that cause. */
export function letterOf(id: string, at = 0, fields: Partial<DeadLetter> = {}): DeadLetter {
  const failure = { at, cause: 'Error: no' };
  return {
    id: deadLetterId(id, 'mail'),
    message: { envelope: createEnvelope({ id, pattern: 'user.created' }), body: '1' },
    service: 'users',
    endpoint: 'mail',
    attempts: 5,
    replays: 0,
    firstFailure: failure,
    lastFailure: failure,
    ...fields,
  };
}

/** The ids of the messages of letters. */
export function idsOf(letters: readonly DeadLetter[]): string[] {
  return letters.map(({ message }) => message.envelope.id);
}
