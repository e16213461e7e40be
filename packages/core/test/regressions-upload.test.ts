import { expect, test } from 'vitest';
import { handClient } from './hand-transport.js';

test('the source of an upload that cannot even begin is left', async () => {
  let left = 0;
  const source = () => ({
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ value: 1, done: false }),
      return: async () => {
        left++;
        return { value: undefined, done: true };
      },
    }),
  });
  const { client } = handClient();
  await expect(client.request('p', source(), { timeout: Infinity })).rejects.toMatchObject({
    code: 'CONFIGURATION',
  });
  expect(left).toBe(1);
  client.close();
  await expect(client.request('p', source())).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
  expect(() => client.stream('p', source())).toThrow('the client is closed');
  await Promise.resolve();
  expect(left).toBe(3);
});
