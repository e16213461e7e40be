import { turn } from '@rookery/testing';
import { expect, test } from 'vitest';
import type { MessageContext } from '../src/context/message-context.js';
import { handServer } from './hand-transport.js';

/** A server with a handler that works until the test lets it finish. */
async function busy(options: Parameters<typeof handServer>[0] = {}) {
  const hand = handServer(options);
  const work = Promise.withResolvers<unknown>();
  const contexts: MessageContext[] = [];
  hand.server.handle('work', (_, context) => {
    contexts.push(context);
    return work.promise;
  });
  hand.server.handle('quick', () => 1);
  await hand.server.start();
  return { ...hand, work, contexts };
}

test('a drain stops taking, waits for what is under way and leaves no timer', async () => {
  const { server, transport, clock, work, ask } = await busy();
  const { heard } = ask('work');
  let drained = false;
  const draining = server.drain().then(() => (drained = true));
  await clock.advance(5_000);
  expect([drained, transport.life]).toEqual([false, ['open', 'quiesce']]);
  expect(ask('quick').heard).toEqual([['1', 'last']]); // sent before its sender heard of the draining
  work.resolve('done');
  await draining;
  expect(heard).toEqual([['"done"', 'last']]);
  expect([server.inFlight, clock.timers]).toEqual([0, 0]);
});

test('after drainTimeout what is left is cancelled, answered as unknown, and counted in the log', async () => {
  const log: string[] = [];
  const note = (text: string) => void log.push(text);
  const logger = { debug: note, info: note, warn: note, error: note };
  const { server, clock, work, contexts, ask } = await busy({ drainTimeout: 2_000, logger });
  const { heard } = ask('work');
  let drained = false;
  const draining = server.drain().then(() => (drained = true));
  await clock.advance(1_999);
  expect(drained).toBe(false);
  await clock.advance(1);
  await draining;
  expect(heard).toMatchObject([
    { code: 'UNAVAILABLE', recourse: 'unknown', message: "'users' stopped before the work was done" },
  ]);
  expect(contexts[0]!.signal.aborted).toBe(true);
  expect(log).toEqual([
    "'users' is draining: 1 in flight, 2000 ms to finish",
    "'users' stops with 1 still in flight after 2000 ms; they are cancelled",
  ]);
  work.resolve('too late');
  await turn();
  expect(heard).toHaveLength(1);
  expect(server.inFlight).toBe(0);
});

test('what comes after the drain is refused as not started', async () => {
  const { server, ask } = await busy();
  await server.drain();
  expect(ask('quick').heard).toMatchObject([
    { code: 'UNAVAILABLE', recourse: 'retryable', message: "'users' is stopping; not started" },
  ]);
});

test('draining twice is draining once, and close comes after it, once', async () => {
  const { server, transport, work, ask } = await busy();
  ask('work');
  const ending = Promise.all([server.close(), server.drain(), server.close(), server.drain()]);
  await turn();
  expect(transport.life).toEqual(['open', 'quiesce']);
  work.resolve(undefined);
  await ending;
  expect(transport.life).toEqual(['open', 'quiesce', 'close']);
});

test('a drain waits for events too', async () => {
  const { server, transport } = handServer();
  const work = Promise.withResolvers<void>();
  server.on(['created'], { endpoint: 'mail' }, () => work.promise);
  await server.start();
  const settled: unknown[] = [];
  const envelope = { id: 'e1', pattern: 'created' } as never;
  transport.subscriptions[0]!.subscriber({
    message: { envelope, body: undefined },
    attempt: 1,
    settle: (settlement) => settled.push(settlement),
  });
  let drained = false;
  const draining = server.drain().then(() => (drained = true));
  await turn();
  expect([drained, settled]).toEqual([false, []]);
  work.resolve();
  await draining;
  expect(settled).toEqual([{ outcome: 'accept' }]);
});
