import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEnvelope } from '@rookery/core';
import { eventOf, Journal } from '@rookery/testing';
import { expect, onTestFinished, test } from 'vitest';

function journal(): Journal {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-journal-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return new Journal(join(folder, 'events'));
}

const event = { id: 1, by: 'p', key: 'k' };

test('what is handled is written down, in its order', async () => {
  const one = journal();
  expect(one.read()).toEqual([]);
  await one.work('audit', event);
  await one.work('ledger', { ...event, id: 2 });
  expect(one.read()).toEqual([
    { endpoint: 'audit', event, dead: false },
    { endpoint: 'ledger', event: { ...event, id: 2 }, dead: false },
  ]);
});

test('an event that fails does so at its first endpoint only, once or always', async () => {
  const one = journal();
  const once = { ...event, fails: 'once' } as const;
  await expect(one.work('mail', once)).rejects.toThrow('p/1 fails once');
  await one.work('mail', once);
  const always = { ...event, id: 3, fails: 'always' } as const;
  await expect(one.work('ledger', always)).rejects.toThrow('fails always');
  await expect(one.work('ledger', always)).rejects.toThrow('fails always');
  await one.work('audit', always);
  expect(one.read().map(({ endpoint }) => endpoint)).toEqual(['mail', 'audit']);
});

test('mail that is broken fails in all replicas until it is mended', async () => {
  const one = journal();
  one.breakMail(true);
  await expect(one.work('mail', event)).rejects.toThrow('broken');
  await one.work('audit', event);
  one.breakMail(false);
  await one.work('mail', event);
  expect(one.read().map(({ endpoint }) => endpoint)).toEqual(['audit', 'mail']);
});

test('a dead letter is written down under the name of its endpoint', async () => {
  const one = journal();
  const failure = { at: 0, cause: 'Error: no' };
  const message = { envelope: createEnvelope({ id: 'm', pattern: 'p' }), body: JSON.stringify(event) };
  const letter = { message, service: 's', endpoint: 'StockRoom.mail', attempts: 1, replays: 0 };
  await one.deadLetters().put({ ...letter, id: 'x', firstFailure: failure, lastFailure: failure });
  expect(one.read()).toEqual([{ endpoint: 'mail', event, dead: true }]);
});

test('one of so many events fails, of each kind', () => {
  const load = { ...{ eventsPerSecond: 1, requestsPerSecond: 1, timeout: 1, busy: 0 } };
  const orders = { name: 'p', load: { ...load, failOnceEvery: 4, failAlwaysEvery: 8 } };
  const fails = Array.from({ length: 8 }, (_, id) => eventOf(orders, id).fails);
  expect(fails).toEqual(['always', 'always', undefined, undefined, 'once', 'once', undefined, undefined]);
});
