import { callContext, runWith } from '@rookery/core';
import { eventually } from '@rookery/testing';
import { expect, test } from 'vitest';
import { ask, party, serve } from './parties.js';

test('a connection does not belong to the message for which it was made', async () => {
  const server = await serve('math');
  const { transport: client, log } = party('caller', { services: { math: server.url } });
  const seen: (string | undefined)[] = [];
  log.debug = log.info = log.warn = () => void seen.push(callContext()?.correlationId);

  await runWith({ correlationId: 'the first' }, () => ask(client, 'math', '1'));
  await server.transport.close();
  await eventually(() => seen.length >= 2);
  expect(seen.filter((id) => id !== undefined)).toEqual([]);
});
