import { turn } from '@rookery/testing';
import { expect, test, vi } from 'vitest';
import { currentContext } from '../src/context/ambient.js';
import type { MessageContext } from '../src/context/message-context.js';
import type { ObservableLike } from '../src/streams/kinds.js';
import { handServer } from './hand-transport.js';

test.each<[string, () => unknown, unknown[]]>([
  ['a value', () => ({ a: 1 }), [['{"a":1}', 'last']]],
  ['nothing', () => undefined, [[undefined, 'last']]],
  ['null', () => null, [['null', 'last']]],
  ['a promise', async () => 1, [['1', 'last']]],
  [
    'an async iterable',
    async function* () {
      yield* [1, 2];
    },
    [['1'], ['2'], [undefined, 'last']],
  ],
  [
    'a promise of an observable',
    async (): Promise<ObservableLike> => ({
      subscribe(observer) {
        for (const value of [1, 2]) observer.next(value);
        observer.complete();
        return { unsubscribe() {} };
      },
    }),
    [['1'], ['2', 'last']],
  ],
])('a handler that returns %s', async (_, handler, answer) => {
  const { server, ask } = handServer();
  server.handle('p', handler);
  await server.start();
  const { heard } = ask('p', { credit: 5 });
  await turn();
  expect(heard).toEqual(answer);
  expect(server.inFlight).toBe(0);
});

test('a handler gets the decoded body and the context, which is also the ambient one', async () => {
  const { server, ask } = handServer();
  const seen: unknown[] = [];
  server.handle('p', (data, context) => void seen.push(data, context, currentContext()));
  await server.start();
  ask('p', { body: '{"a":1}', timeout: 500, tenant: 'acme' });
  expect(seen[0]).toEqual({ a: 1 });
  expect(seen[1]).toBe(seen[2]);
  expect(seen[1]).toMatchObject({ service: 'users', attempt: 1, envelope: { tenant: 'acme' } });
  ask('p', { attempt: 3 });
  expect(seen[4]).toMatchObject({ attempt: 3 });
});

test('a second handler of a pattern takes the place of the first, also where its form differs', async () => {
  const { server, ask } = handServer();
  server.handle({ a: 1, b: 2 }, () => 'first');
  server.handle({ b: 2, a: 1 }, () => 'second');
  server.handle('math.*', () => 'first');
  server.handle('math.*', () => 'second');
  await server.start();
  expect(ask('{"a":1,"b":2}').heard).toEqual([['"second"', 'last']]);
  expect(ask('math.sum').heard).toEqual([['"second"', 'last']]);
});

test('an exact handler goes before one with wildcards', async () => {
  const { server, ask } = handServer();
  server.handle('math.*', () => 'any');
  server.handle('math.sum', () => 'sum');
  await server.start();
  expect(ask('math.sum').heard).toEqual([['"sum"', 'last']]);
  expect(ask('math.product').heard).toEqual([['"any"', 'last']]);
});

test('what no handler takes is refused with a hint', async () => {
  const empty = handServer();
  await empty.server.start();
  expect(empty.ask('p').heard).toMatchObject([
    { code: 'NO_HANDLER', message: "'users' has no handler for the request p; it has none for any" },
  ]);

  const { server, ask } = handServer();
  for (const pattern of ['user.get', 'user.set', { cmd: 'sum' }]) server.handle(pattern, () => 1);
  server.on(['user.created'], { endpoint: 'mail' }, () => 1);
  await server.start();
  const message = (pattern: string) => (ask(pattern).heard[0] as { message: string }).message;
  const what = (pattern: string) => `'users' has no handler for the request ${pattern}`;
  expect(message('user.ge')).toBe(`${what('user.ge')}; did you mean user.get or user.set?`);
  expect(message('{"cmd":"sun"}')).toBe(`${what('{"cmd":"sun"}')}; did you mean {"cmd":"sum"}?`);
  expect(message('user.created')).toBe(
    `${what('user.created')}; it handles it as an event: emit or publish it`,
  );
  expect(message('far.from.any.of.them')).toBe(what('far.from.any.of.them'));
  expect(server.inFlight).toBe(0);
});

test('what is known to be expired is not started', async () => {
  const { server, ask } = handServer();
  const handler = vi.fn();
  server.handle('p', handler);
  await server.start();
  expect(ask('p', { timeout: 0 }).heard).toMatchObject([
    { code: 'DEADLINE_EXCEEDED', recourse: 'retryable' },
  ]);
  expect(handler).not.toHaveBeenCalled();
});

test('what cannot be read, sent or carried is an error of its own', async () => {
  const { server, ask } = handServer();
  server.handle('echo', (data) => data);
  server.handle('set', () => ({ tags: new Set() }));
  server.handle('large', () => 'é'.repeat(50));
  await server.start();
  expect(ask('echo', { body: '{' }).heard).toMatchObject([{ code: 'NOT_DECODABLE' }]);
  expect(ask('set').heard).toMatchObject([
    { code: 'NOT_ENCODABLE', message: expect.stringContaining('$.tags') },
  ]);
  expect(ask('large').heard).toMatchObject([
    { code: 'PAYLOAD_TOO_LARGE', message: 'the reply to large has 102 bytes; at most 100 can be sent' },
  ]);
});

test.each([true, false])('the stack is exposed: %s', async (exposeStack) => {
  const { server, ask } = handServer({ exposeStack });
  server.handle('p', () => {
    throw new Error('inside');
  });
  await server.start();
  expect(ask('p').heard).toMatchObject([{ k: 'e', name: 'Error', message: 'inside' }]);
  expect('stack' in (ask('p').heard[0] as object)).toBe(exposeStack);
});

test('a cancel ends the run, its context and its source, and nothing is said any more', async () => {
  const { server, ask } = handServer();
  const contexts: MessageContext[] = [];
  const cleaned = vi.fn();
  server.handle('p', async function* (_, context) {
    contexts.push(context);
    try {
      for (let value = 1; ; value++) yield value;
    } finally {
      cleaned();
    }
  });
  await server.start();
  const { call, heard } = ask('p', { credit: 2 });
  await turn();
  call.cancel();
  call.cancel();
  call.credit(5);
  await turn();
  expect(heard).toEqual([['1'], ['2']]);
  expect(contexts[0]!.signal.reason).toMatchObject({ code: 'CANCELLED' });
  expect(cleaned).toHaveBeenCalledTimes(1);
  expect(server.inFlight).toBe(0);
});
