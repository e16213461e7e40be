import { rejection } from '@rookery/testing';
import { expect, test, vi } from 'vitest';
import { runInContext } from '../src/context/ambient.js';
import { MessageContext } from '../src/context/message-context.js';
import { createEnvelope } from '../src/envelope/envelope.js';
import { slotOf } from '../src/slots/slot.js';
import { handClient } from './hand-transport.js';

const incoming = createEnvelope({
  id: 'in-1',
  pattern: 'order.place',
  timeout: 1_000,
  correlationId: 'order-7',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'vendor=1',
  baggage: 'a=b',
  caller: 'alice',
  tenant: 'acme',
  idempotencyKey: 'once',
  headers: { 'x-own': '1' },
  key: 'k',
});

const inherited = {
  correlationId: 'order-7',
  causationId: 'in-1',
  traceparent: incoming.traceparent,
  tracestate: 'vendor=1',
  baggage: 'a=b',
  caller: 'alice',
  tenant: 'acme',
};

test('ten thousand messages of two clients have as many ids', async () => {
  const first = handClient();
  const second = handClient({ random: { next: () => 0, token: (length) => 'z'.repeat(length) } });
  const ids = new Set<string>();
  for (const { client, transport } of [first, second]) {
    for (let count = 0; count < 2_500; count++) {
      client.request('p').catch(() => undefined);
      await client.publish('p', 0);
    }
    for (const { message } of [...transport.calls, ...transport.published]) ids.add(message.envelope.id);
    client.close();
  }
  expect(ids.size).toBe(10_000);
});

test('below a handler, calls and events inherit its correlation, trace, caller, tenant, and nothing else', async () => {
  const { client, clock, transport } = handClient();
  const context = new MessageContext(incoming, 'orders', 1, clock);
  clock.stall(400);
  await runInContext(context, async () => {
    client.request('stock.take', 0, { timeout: 5_000 }).catch(() => undefined);
    await client.publish('order.placed', 0);
  });
  const request = transport.calls[0]!.message.envelope;
  expect(request).toMatchObject({ ...inherited, source: 'orders', timeout: 600 });
  const event = transport.published[0]!.message.envelope;
  expect(event).toMatchObject({ ...inherited, source: 'orders', timeout: undefined, time: clock.epoch() });
  for (const envelope of [request, event])
    expect(envelope).toMatchObject({ key: undefined, idempotencyKey: undefined, headers: undefined });
});

test('a message without a correlation id gives its own id on', () => {
  const { client, clock, transport } = handClient();
  const envelope = createEnvelope({ id: 'first', pattern: 'p' });
  runInContext(new MessageContext(envelope, 'orders', 1, clock), () => {
    client.request('q').catch(() => undefined);
  });
  expect(transport.calls[0]!.message.envelope).toMatchObject({
    correlationId: 'first',
    causationId: 'first',
  });
});

test('outside of any handler there is nothing to inherit', () => {
  const { client, transport } = handClient({ from: 'gateway' });
  client.request('p').catch(() => undefined);
  const { envelope } = transport.calls[0]!.message;
  for (const field of Object.keys(inherited)) expect(envelope).toHaveProperty(field, undefined);
  expect(envelope.source).toBe('gateway');
});

test('no time left, no call; given up, no call', async () => {
  const { client, clock, transport } = handClient();
  const late = new MessageContext(incoming, 'orders', 1, clock);
  clock.stall(1_000);
  expect(await rejection(runInContext(late, () => client.request('p')))).toMatchObject({
    code: 'DEADLINE_EXCEEDED',
    recourse: 'retryable',
    message: "no time is left for p on 'users': the caller's own deadline has passed; never sent",
  });
  const cancelled = new MessageContext(createEnvelope({ id: 'm', pattern: 'p' }), 'orders', 1, clock);
  cancelled.cancel('the caller is gone');
  expect(await rejection(runInContext(cancelled, () => client.request('p')))).toMatchObject({
    code: 'CANCELLED',
  });
  expect(transport.calls).toEqual([]);
  expect(client.pending).toBe(0);
});

test('a cancel of the message cancels the calls made for it, and only those', async () => {
  const { client, clock, transport } = handClient();
  const context = new MessageContext(incoming, 'orders', 1, clock);
  const below = rejection(runInContext(context, () => client.request('p')));
  const outside = rejection(client.request('p'));
  context.cancel('the caller is gone');
  expect(await below).toMatchObject({ code: 'CANCELLED', message: 'the caller is gone' });
  expect(transport.calls.map(({ cancelled }) => cancelled)).toEqual([1, 0]);
  client.close();
  await outside;
});

test('a message keeps no hold of the calls that have ended', async () => {
  const { client, clock, transport } = handClient();
  const context = new MessageContext(incoming, 'orders', 1, clock);
  const held = new Set<unknown>();
  vi.spyOn(context, 'adopt').mockImplementation((call) => void held.add(call));
  vi.spyOn(context, 'release').mockImplementation((call) => void held.delete(call));
  const calls = runInContext(context, () => [1, 2, 3].map(() => client.request('p')));
  expect(held.size).toBe(3);
  transport.calls[0]!.sink.reply('1', true);
  transport.calls[1]!.sink.fail('{"k":"p","payload":"no"}');
  client.close();
  await Promise.allSettled(calls);
  expect(held.size).toBe(0);
});

test('a key gives an event its slot; a delay and an address go to the transport', async () => {
  const { client, transport } = handClient();
  await client.publish('p', 0, { key: 'user-1', delay: 50, to: 'mail', headers: { a: 'b' } });
  await client.publish('p', 0);
  await client.emit('p', 0);
  const [keyed, plain, emitted] = transport.published;
  expect(keyed).toMatchObject({ to: 'mail', delay: 50 });
  expect(keyed!.message.envelope).toMatchObject({
    key: 'user-1',
    slot: slotOf('user-1'),
    headers: { a: 'b' },
  });
  expect([plain!.to, plain!.delay, plain!.message.envelope.slot]).toEqual([undefined, undefined, undefined]);
  expect(emitted!.to).toBe('users');
});
