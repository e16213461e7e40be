import { expect, test } from 'vitest';
import { eventually, looped } from './loopback.js';

const once = { attempts: 1, firstDelay: 1, factor: 1, maxDelay: 1 };

test('an event whose handler throws what JSON cannot express is dead-lettered like any other', async () => {
  const { server, client, loop, deadLetters } = looped({ retries: once });
  server.on(['bad'], { endpoint: 'bad' }, () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- as a filter of Nest's does
    throw { status: 'error', amount: 1n };
  });
  await server.start();
  await client.publish('bad', 0);
  await eventually(() => expect(loop.settlements).toHaveLength(1));
  expect(loop.settlements[0]?.outcome).toBe('reject');
  expect(server.inFlight).toBe(0);
  expect(await deadLetters.list()).toMatchObject([
    { lastFailure: { cause: "{ status: 'error', amount: 1n }" } },
  ]);
});

test('an async iterable within an Observable is work of the handler: done before the event is accepted', async () => {
  const { server, client, loop } = looped({ retries: once });
  const log: unknown[] = [];
  async function* work(outcome?: Error) {
    log.push('begun');
    yield 1;
    if (outcome) throw outcome;
    log.push('done');
  }
  const wrapped = (iterable: AsyncIterable<unknown>) => ({
    subscribe(observer: { next(value: unknown): void; complete(): void }) {
      observer.next(iterable);
      observer.complete();
      return { unsubscribe() {} };
    },
  });
  server.on(['works'], { endpoint: 'works' }, () => wrapped(work()));
  server.on(['fails'], { endpoint: 'fails' }, () => wrapped(work(new Error('half way'))));
  await server.start();
  await client.publish('works', 0);
  await eventually(() => expect(loop.settlements).toEqual([{ outcome: 'accept' }]));
  expect(log).toEqual(['begun', 'done']);
  await client.publish('fails', 0);
  await eventually(() => expect(loop.settlements[1]?.outcome).toBe('reject'));
});
