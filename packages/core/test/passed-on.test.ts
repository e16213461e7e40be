import { expect, test } from 'vitest';
import { cameFrom, passedOn } from '../src/errors/origin.js';
import { NoHandler, Overloaded, QueueFull, Unavailable } from '../src/errors/conditions.js';
import { decodeFailure, encodeFailure, encodeOverloaded } from '../src/errors/wire.js';
import { handClient, handServer } from './hand-transport.js';

const received = (error: Error, service: string) => cameFrom(error, service);

test('what comes out of a call says of whom it is', async () => {
  const { client, transport } = handClient();
  const answer = client.request('p', undefined, { retry: false });
  transport.calls[0]!.sink.fail(encodeFailure(new Unavailable('full'), false));
  const error: unknown = await answer.catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'UNAVAILABLE', recourse: 'retryable', origin: 'users' });
  expect(Object.keys(error as object)).not.toContain('origin');
  expect(passedOn(error, 'users')).toBe(false);
});

test('a handler that lets it through does not say that nothing was done', async () => {
  const { server, ask } = handServer();
  server.handle('p', () => {
    throw received(new Unavailable('full', { retryAfter: 5 }), 'payments');
  });
  server.handle('own', () => {
    throw new Unavailable('full', { retryAfter: 5 });
  });
  await server.start();
  expect(ask('p').heard).toEqual([
    {
      k: 'r',
      origin: 'payments',
      code: 'UNAVAILABLE',
      message: "passed on from 'payments': full",
      recourse: 'unknown',
    },
  ]);
  expect(ask('own').heard).toEqual([
    { k: 'r', code: 'UNAVAILABLE', message: 'full', recourse: 'retryable', retryAfter: 5 },
  ]);
});

test('over a further hop it is told once, and terminal stays terminal', () => {
  const overTheWire = (error: unknown) => decodeFailure(encodeFailure(error, false), false) as Error;
  const atOrders = overTheWire(received(new NoHandler('none'), 'payments'));
  expect(passedOn(atOrders, 'orders')).toBe(true);
  const atShop = overTheWire(received(atOrders, 'orders'));
  expect(atShop).toMatchObject({
    origin: 'payments',
    recourse: 'terminal',
    message: "passed on from 'payments': none",
  });
});

test('a passed-on failure does not begin as one of the service itself, which transports look at', () => {
  const failure = encodeFailure(received(new Unavailable('full'), 'payments'), false);
  expect(failure.startsWith('{"k":"r","code"')).toBe(false);
  expect(encodeFailure(new Unavailable('full'), false).startsWith('{"k":"r","code":"UNAVAILABLE"')).toBe(
    true,
  );
});

test('what is passed on opens no circuit and holds nothing back, what the service says itself does', async () => {
  for (const [own, sent] of [
    [false, 20],
    [true, 4],
  ] as const) {
    const { client, transport } = handClient({ breaker: { minimum: 4 }, retry: false });
    for (let n = 0; n < 20; n++) {
      const answer = client.request('p').catch((caught: unknown) => caught);
      const error = new Unavailable('full');
      transport.calls[n]?.sink.fail(encodeFailure(own ? error : received(error, 'payments'), false));
      await answer;
    }
    expect(transport.calls).toHaveLength(sent);
  }
});

test('a refused event says so too', async () => {
  const { client, transport } = handClient();
  transport.outcome = { status: 'refused', error: new QueueFull('full') };
  await expect(client.emit('e', 1)).rejects.toMatchObject({ code: 'QUEUE_FULL', origin: 'users' });
});

test('an Overloaded that was never made is one that was', () => {
  const made = new Overloaded('full', { retryAfter: 7 });
  expect(encodeOverloaded('full', 7)).toBe(encodeFailure(made, false));
  expect(encodeOverloaded('full')).toBe(encodeFailure(new Overloaded('full'), false));
});
