import type { ObservableLike } from '@rookery/core';
import { expect, onTestFinished, test, vi } from 'vitest';
import { eventually, looped } from './loopback.js';

type Observer = Parameters<ObservableLike['subscribe']>[0];

test('an error comes after all values that came before it, however slow the reader', async () => {
  const { server, client } = looped();
  server.handle('burst', () => ({
    subscribe(observer: Observer) {
      for (let value = 1; value <= 200; value++) observer.next(value);
      observer.error(new Error('after 200'));
      return { unsubscribe() {} };
    },
  }));
  await server.start();
  const values: unknown[] = [];
  const read = async (): Promise<void> => {
    for await (const value of client.stream('burst')) values.push(value);
  };
  await expect(read()).rejects.toThrow('after 200');
  expect(values).toHaveLength(200);
});

test('an iterable whose clean-up fails harms nobody when its reader has gone', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  onTestFinished(() => void process.off('unhandledRejection', unhandled));
  const { server, client } = looped();
  const left = vi.fn();
  const iterable = (returns: () => unknown) => ({
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => undefined),
      return() {
        left();
        return returns();
      },
    }),
  });
  const begun = Promise.withResolvers<void>();
  const late = Promise.withResolvers<unknown>();
  server.handle('throws', () => {
    begun.resolve();
    return iterable(() => {
      throw new Error('no clean-up');
    });
  });
  server.handle('late', () => late.promise);
  await server.start();
  const gaveUp = new AbortController();
  const calls = [
    client.request('throws', 0, { signal: gaveUp.signal }),
    client.request('late', 0, { signal: gaveUp.signal }),
  ];
  const settled = Promise.allSettled(calls);
  await begun.promise;
  gaveUp.abort();
  await settled;
  await eventually(() => expect(left).toHaveBeenCalledTimes(1));
  late.resolve(iterable(() => Promise.reject(new Error('no clean-up'))));
  await eventually(() => expect(left).toHaveBeenCalledTimes(2));
  await new Promise((resolve) => setImmediate(resolve));
  expect(unhandled).not.toHaveBeenCalled();
});
