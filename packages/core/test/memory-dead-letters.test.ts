import { expect, test } from 'vitest';
import type { DeadLetter } from '../src/dead-letters/dead-letters.js';
import { MemoryDeadLetters } from '../src/dead-letters/memory.js';
import { createEnvelope } from '../src/envelope/envelope.js';

function letter(id: string): DeadLetter {
  const message = { envelope: createEnvelope({ id, pattern: 'p' }), body: undefined };
  return { message, service: 's', endpoint: 'e', attempts: 5, cause: 'Error: no', at: 0 };
}

test('full, it refuses the next one and drops none', async () => {
  const letters = new MemoryDeadLetters();
  for (let count = 0; count < 10_000; count++) await letters.put(letter(String(count)));
  await expect(letters.put(letter('one too many'))).rejects.toMatchObject({
    code: 'QUEUE_FULL',
    recourse: 'retryable',
    message: expect.stringContaining('10000'),
  });
  const ids = (await letters.list()).map(({ message }) => message.envelope.id);
  expect(ids).toHaveLength(10_000);
  expect([ids[0], ids.at(-1)]).toEqual(['0', '9999']);
});

test('a list is a copy, oldest first', async () => {
  const letters = new MemoryDeadLetters();
  await letters.put(letter('a'));
  const before = await letters.list();
  await letters.put(letter('b'));
  expect(before).toHaveLength(1);
  expect((await letters.list()).map(({ message }) => message.envelope.id)).toEqual(['a', 'b']);
});
