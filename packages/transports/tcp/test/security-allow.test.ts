import type { RequestHandler } from '@rookery/core';
import { eventually, rejection } from '@rookery/testing';
import { describe, expect, test } from 'vitest';
import { FrameType } from '../src/frames/frame-type.js';
import { AllowList } from '../src/security/allow-list.js';
import { Permissions } from '../src/security/permissions.js';
import { proofOf } from '../src/security/proof.js';
import { tcp } from '../src/tcp.js';
import { Answer, HOST, message, party, serve, Subscriber, subscription } from './parties.js';
import { dial, frame, hello } from './wire.js';

const SECRET = 'correct horse battery';

const allow = {
  'orders.*': ['shop', 'admin'],
  'orders.delete': ['admin', 'cron'],
  'audit.>': ['admin'],
  '{"cmd":"pay","v":1}': ['shop'],
};

describe('an allow list', () => {
  const list = new AllowList(allow);

  test.each([
    ['orders.list', 'shop', true],
    ['orders.list', 'web', false],
    ['orders.list', undefined, false],
    ['orders.delete', 'admin', true],
    // Every entry that matches has to name the caller.
    ['orders.delete', 'shop', false],
    ['orders.delete', 'cron', false],
    ['orders.list.all', 'web', true],
    ['audit.a.b.c', 'shop', false],
    ['audit', 'web', true],
    ['open', undefined, true],
    ['{"cmd":"pay","v":1}', 'shop', true],
    ['{"cmd":"pay","v":1}', 'web', false],
    // Other spellings, and patterns that are for subscribers.
    ['{"v":1,"cmd":"pay"}', 'shop', false],
    ['{"cmd": "pay","v":1}', 'shop', false],
    ['{"cmd":"pay","v":1,"v":1}', 'shop', false],
    ['{"cmd":"p\\u0061y","v":1}', 'shop', false],
    ['orders.*', 'shop', false],
    ['*.delete', 'admin', false],
    ['>', 'admin', false],
  ])('%s by %s: %s', (pattern, caller, may) => {
    expect(list.refusal(pattern, caller) === undefined).toBe(may);
  });

  test('names the pattern, the caller and the entry', () => {
    expect(list.refusal('orders.delete', 'shop')).toBe(
      "'shop' may not use orders.delete; the service's allow has to name it for 'orders.delete'",
    );
  });

  test('is looked at once for a pattern, with bounded memory', () => {
    let looks = 0;
    const counted = { refusal: () => void looks++ } as unknown as AllowList;
    const permissions = new Permissions(counted, 'shop');
    for (let count = 0; count < 100; count++) permissions.request('a');
    expect(looks).toBe(1);
    for (let count = 0; count < 5_000; count++) permissions.request(`p${count}`);
    permissions.request('a');
    expect(looks).toBe(5_002);
  });

  test.each([
    [{ allow: { a: ['x'] } }, 'nothing proves who a caller is'],
    [{ secret: SECRET, allow: { a: 'x' } }, "allow: 'a' has to have a list of callers"],
    [{ secret: SECRET, allow: { 'a.>.b': ['x'] } }, "'>' stands for the rest"],
  ])('%j cannot work', (options, says) => {
    expect(() => tcp(options as object)).toThrow(says);
  });
});

test('what was found out of a request says nothing of an event', () => {
  const permissions = new Permissions(new AllowList({ 'orders.deleted': ['admin'] }), 'shop');
  expect(permissions.request('0 orders.deleted')).toBeUndefined();
  expect(permissions.event('orders.deleted', 0, ['orders.*'])).toContain("'shop' may not use orders.deleted");
  expect(permissions.event('orders.made', 0, ['orders.*'])).toBeUndefined();
  expect(permissions.event('orders.made', 1, ['users.*'])).toContain(
    'is not what the endpoint subscribes to',
  );
});

describe('a caller that is not allowed', () => {
  test('gets an error for its request, which is not handled; what it may do goes on', async () => {
    const handled: string[] = [];
    const handler: RequestHandler = ({ envelope, body }, _credit, responder) => {
      handled.push(envelope.pattern);
      responder.reply(body, true);
      return { credit() {}, cancel() {} };
    };
    const server = await serve('orders', { secret: SECRET, allow, handler });
    const { transport } = party('shop', { services: { orders: server.url }, secret: SECRET });
    const ask = (pattern: string, body = 'x') => {
      const answer = new Answer();
      transport.request({ service: 'orders' }, message(pattern, body, { source: 'admin' }), 1, answer);
      return answer.one();
    };
    const error = await rejection(ask('orders.delete'));
    expect(error).toMatchObject({ code: 'PERMISSION_DENIED', recourse: 'terminal' });
    expect(String(error)).toContain("'shop' may not use orders.delete");
    expect(await rejection(ask('orders.delete', 'x'.repeat(200_000)))).toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    expect(await ask('orders.list')).toBe('x');
    expect(handled).toStrictEqual(['orders.list']);
  });

  test('has its event rejected with the reason', async () => {
    const subscriber = new Subscriber();
    const server = party('orders', { listen: { host: HOST, port: 0 }, secret: SECRET, allow });
    server.transport.subscribe(subscription('orders', { patterns: ['orders.>'] }), subscriber.take);
    await server.transport.open();
    const url = server.transport.describe().addresses[0] as string;
    const { transport, log } = party('shop', { services: { orders: url }, secret: SECRET });
    await transport.publish([
      { message: message('orders.delete', '1') },
      { message: message('orders.placed', '2') },
    ]);
    await eventually(() => subscriber.deliveries.length === 1);
    expect(subscriber.bodies).toStrictEqual(['2']);
    expect(subscriber.deliveries[0]?.peer).toStrictEqual({ service: 'shop', by: 'secret' });
    await eventually(() => log.about('PERMISSION_DENIED').length > 0);
  });

  test('cannot choose the endpoint that gets an event', async () => {
    const subscriber = new Subscriber();
    const server = party('orders', { listen: { host: HOST, port: 0 }, secret: SECRET, allow });
    server.transport.subscribe(subscription('orders', { patterns: ['audit.>'] }), subscriber.take);
    await server.transport.open();
    const { port } = new URL(server.transport.describe().addresses[0] as string);
    const said = hello({ service: 'shop', nonce: 'n'.repeat(32) });
    const wire = dial(Number(port), said);
    await eventually(() => wire.of(FrameType.challenge).length > 0);
    const challenge = wire.of(FrameType.challenge)[0] as Buffer;
    const transcript = { hello: said.subarray(5), challenge, session: new Uint8Array() };
    wire.send(frame(FrameType.proof, proofOf(SECRET, 'caller', transcript)));
    wire.send(
      frame(FrameType.pattern, [1], 'open'),
      frame(FrameType.event, [1, 0, 1], [1], [1], [0], [2], 'e1', '{}'),
    );
    await eventually(() => wire.of(FrameType.ack).length > 0);
    expect(String(wire.of(FrameType.ack)[0])).toContain(
      'open is not what the endpoint subscribes to: audit.>',
    );
    expect(subscriber.deliveries).toStrictEqual([]);
  });
});

describe('a service beyond loopback', () => {
  const listen = { host: '0.0.0.0', port: 0 };

  test.each([
    ['a secret', { secret: SECRET }],
    ['insecure: true', { insecure: true }],
  ])('may listen with %s', (_, options) => {
    expect(() => tcp({ listen, ...options })).not.toThrow();
  });

  test('may not without', () => {
    expect(() => tcp({ listen })).toThrow('add tls or a secret, listen on 127.0.0.1, or say insecure: true');
  });
});
