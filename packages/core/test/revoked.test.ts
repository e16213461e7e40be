import { turn } from '@rookery/testing';
import { expect, test } from 'vitest';
import { createEnvelope } from '../src/envelope/envelope.js';
import type { Delivery, Settlement } from '../src/transport/events.js';
import { handServer } from './hand-transport.js';

/** An ordered endpoint whose handler is ended, or fails, by hand, and a way to hand it deliveries of one key. */
async function ordered() {
  const { server, transport, clock } = handServer({ retries: { firstDelay: 1_000 } });
  const begun: unknown[] = [];
  const ends: PromiseWithResolvers<undefined>[] = [];
  server.on(['moved'], { endpoint: 'move', ordered: true }, (data) => {
    begun.push(data);
    const end = Promise.withResolvers<undefined>();
    ends.push(end);
    return end.promise;
  });
  await server.start();
  const deliver = (body: string) => {
    const settlements: Settlement[] = [];
    const envelope = createEnvelope({ id: body, pattern: 'moved', key: 'a', slot: 1 });
    const taken = { message: { envelope, body }, attempt: 1, revoked: false };
    const delivery: Delivery & { revoked: boolean } = Object.assign(taken, {
      settle: (settlement: Settlement) => void settlements.push(settlement),
    });
    transport.subscriptions[0]!.subscriber(delivery);
    return { delivery, settlements };
  };
  return { deliver, begun, ends, clock };
}

test('what was taken back while it waited for one of its key is not begun, and holds up nobody', async () => {
  const { deliver, begun, ends } = await ordered();
  const [first, second, third] = ['1', '2', '3'].map(deliver);
  second!.delivery.revoked = true;
  ends[0]!.resolve(undefined);
  await turn();
  expect(begun).toEqual([1, 3]);
  expect([first, second, third].map((one) => one!.settlements)).toEqual([[{ outcome: 'accept' }], [], []]);
});

test('what was taken back while it was handled and then fails is not tried again here', async () => {
  const { deliver, begun, ends, clock } = await ordered();
  const first = deliver('1');
  const again = deliver('1');
  first.delivery.revoked = true;
  ends[0]!.reject(new Error('not yet'));
  await turn();
  expect(begun).toEqual([1, 1]);
  ends[1]!.resolve(undefined);
  await clock.advance(10_000);
  expect(begun).toEqual([1, 1]);
  expect(again.settlements).toEqual([{ outcome: 'accept' }]);
});
