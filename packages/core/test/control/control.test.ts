import { turn } from '@rookery/testing';
import { expect, test } from 'vitest';
import { CONTROL } from '../../src/control/patterns.js';
import { silentLogger } from '../../src/transport/logger.js';
import { letterOf } from '../dead-letters/letters.js';
import { handServer } from '../hand-transport.js';

async function scene(options = {}) {
  const logged: string[] = [];
  const say = (text: string): void => void logged.push(text);
  const hand = handServer({
    control: 'anyone',
    replica: 'users-1',
    logger: { ...silentLogger, info: say, warn: say },
    ...options,
  });
  const { server, ask, deadLetters } = hand;
  Object.assign(hand.transport, { capabilities: { ...hand.transport.capabilities, maxBody: 400 } });
  await hand.clock.advance(1_000);
  for (const [at, id] of ['a', 'b', 'c'].entries()) await deadLetters.put(letterOf(id, at));
  await deadLetters.put(letterOf('d', 3, { endpoint: 'audit', id: 'audit-d' }));
  server.on(['user.created'], { endpoint: 'mail' }, () => undefined);
  server.handle('*.control.*', () => 'wild');
  server.handle('>', () => 'wild');
  await server.start();
  const request = async (pattern: string, data: unknown, credit = 100): Promise<unknown[]> => {
    const { heard } = ask(pattern, {
      body: data === undefined ? undefined : JSON.stringify(data),
      credit,
      source: 'cli',
    });
    await turn();
    return heard.flatMap((one) => {
      if (!Array.isArray(one)) return [one];
      return one[0] === undefined ? [] : [JSON.parse(one[0] as string) as unknown];
    });
  };
  return { ...hand, logged, say: request };
}

test('the server says who it is and whose its dead letters are', async () => {
  const { say } = await scene();
  expect(await say(CONTROL.describe, undefined)).toEqual([
    { service: 'users', replica: 'users-1', deadLetters: { scope: 'replica' }, at: expect.any(Number) },
  ]);
});

test('letters are listed in pages, without bodies and stacks, and shown with all', async () => {
  const { say } = await scene();
  const page = await say(CONTROL.list, { filter: { endpoint: 'mail' }, limit: 2 });
  expect(page).toMatchObject([{ messageId: 'a' }, { messageId: 'b' }]);
  expect(page[0]).toEqual({
    id: letterOf('a').id,
    endpoint: 'mail',
    pattern: 'user.created',
    messageId: 'a',
    attempts: 5,
    replays: 0,
    group: expect.stringMatching(/^[0-9a-f]{8}$/),
    firstFailure: { at: 0, cause: 'Error: no' },
    lastFailure: { at: 0, cause: 'Error: no' },
  });
  const after = { at: 1, id: letterOf('b').id };
  expect(await say(CONTROL.list, { filter: { endpoint: 'mail' }, after })).toMatchObject([
    { messageId: 'c' },
  ]);
  expect(await say(CONTROL.get, { id: letterOf('a').id })).toMatchObject([
    { body: { text: '1' }, envelope: { id: 'a', pattern: 'user.created' }, service: 'users' },
  ]);
  expect(await say(CONTROL.get, { id: 'none' })).toEqual([]);
  expect(await say(CONTROL.groups, {})).toMatchObject([{ count: 3 }, { count: 1, endpoint: 'audit' }]);
});

test('letters are replayed, edited, dropped and exported, and the log says by whom', async () => {
  const { say, deadLetters, logged } = await scene();
  const { id } = letterOf('a');
  expect(await say(CONTROL.edit, { id, body: { text: '2' } })).toEqual([true]);
  expect(await deadLetters.get(id)).toMatchObject({ message: { body: '2' }, edited: { by: 'cli' } });
  expect(await say(CONTROL.edit, { id: 'none', body: null })).toEqual([false]);
  expect(await say(CONTROL.edit, { id, body: { text: '{' } })).toMatchObject([{ code: 'NOT_DECODABLE' }]);
  expect(await say(CONTROL.export, {})).toHaveLength(4);
  expect(await say(CONTROL.replay, { filter: { ids: [id] } })).toEqual([
    { begun: true },
    { id, outcome: 'handled' },
  ]);
  expect(await say(CONTROL.drop, { filter: { endpoint: 'mail' } })).toEqual([2]);
  expect((await deadLetters.list()).map((letter) => letter.id)).toEqual(['audit-d']);
  expect(await say(CONTROL.drop, { all: true })).toEqual([1]);
  expect(logged).toEqual([
    `dead letters of 'users': the body of the letter ${id} was replaced, by cli`,
    `dead letters of 'users': replay of {"ids":["${id}"]}, by cli`,
    `dead letters of 'users': 2 were dropped ({"endpoint":"mail"}), by cli`,
    `dead letters of 'users': 1 were dropped ({}), by cli`,
  ]);
});

test.each([
  [CONTROL.drop, {}, 'which letters? Give a filter, or all: true'],
  [CONTROL.replay, { filter: {} }, 'which letters?'],
  [CONTROL.drop, { filter: { endpiont: 'mail' } }, 'endpiont is not known here; there are ids, endpoint'],
  [CONTROL.drop, { filter: { endpoint: 1 } }, 'endpoint cannot be 1'],
  [CONTROL.drop, { filter: { ids: 'a' } }, 'ids cannot be "a"'],
  [CONTROL.drop, { fliter: {} }, 'fliter is not known here'],
  [CONTROL.drop, 'all', 'what is asked for is no object'],
  [CONTROL.list, { after: 'a' }, 'after cannot be "a"'],
  [CONTROL.replay, { all: true, rate: 0 }, 'the rate is 0'],
  [CONTROL.export, { filter: { constructor: 'a' } }, 'constructor is not known here'],
])('%s of %j does nothing, and says why', async (pattern, data, message) => {
  const { say, deadLetters } = await scene();
  expect(await say(pattern, data)).toEqual([
    { k: 'r', code: 'CONFIGURATION', message: expect.stringContaining(message), recourse: 'terminal' },
  ]);
  expect(await deadLetters.list()).toHaveLength(4);
});

test('only operators are answered, and a refusal is in the log', async () => {
  const { say, logged, deadLetters } = await scene({ control: undefined });
  for (const pattern of Object.values(CONTROL))
    expect(await say(pattern, { all: true })).toMatchObject([{ code: 'PERMISSION_DENIED' }]);
  expect(await deadLetters.list()).toHaveLength(4);
  expect(logged[0]).toContain("refused: nothing proves who asks, so nobody may operate 'users' from here");
});

test('applications cannot take these patterns, not by wildcards either', async () => {
  const { server, say } = await scene();
  expect(() => server.handle('rookery.control.describe', () => 'mine')).toThrow(
    'Rookery itself answers rookery.control.>',
  );
  expect(() => server.handle('rookery.control.>', () => 'mine')).toThrow('choose another pattern');
  expect(await say('rookery.control.none', undefined)).toMatchObject([{ code: 'NO_HANDLER' }]);
  expect(await say('rookery.other', undefined)).toEqual(['wild']);
});
