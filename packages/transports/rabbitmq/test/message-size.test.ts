import assert from 'node:assert/strict';
import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from 'vitest';
import { BrokerAbsent, startBroker } from '@rookery/brokers';
import { isRookeryError } from '@rookery/core';
import { rabbitmq } from '@rookery/rabbitmq';
import { eventually, rejection } from '@rookery/testing';
import { party } from './parties.js';

const LIMIT = 100_000;

describe('a broker that takes little', () => {
  let broker: Awaited<ReturnType<typeof startBroker>> | undefined;
  let absent = '';
  let parties: ReturnType<typeof party>[] = [];
  const join = (service?: string, options: Parameters<typeof party>[2] = {}) => {
    assert.ok(broker);
    const one = party(broker.url, service, options);
    parties.push(one);
    return one;
  };

  beforeAll(async () => {
    try {
      broker = await startBroker('rabbitmq', { env: {} });
      await broker.ctl('eval', `application:set_env(rabbit, max_message_size, ${LIMIT}).`);
    } catch (error) {
      if (!(error instanceof BrokerAbsent)) throw error;
      absent = error.message;
    }
  }, 60_000);
  beforeEach(({ skip }) => {
    if (!broker) skip(absent);
  });
  afterEach(async () => {
    await Promise.all(parties.map((one) => one.close()));
    parties = [];
  });
  afterAll(() => broker?.stop(), 60_000);

  const codeOf = async (promise: Promise<unknown>): Promise<string> => {
    const error = await rejection(promise);
    assert.ok(isRookeryError(error), String(error));
    return error.code;
  };

  test('an event that it refuses is too large, and those beside it are stored', async () => {
    const { client, transport, log } = join('publisher');
    const { server } = join('reader');
    const seen = new Set<unknown>();
    server.on(['happened'], { endpoint: 'sizes' }, (data) => void seen.add((data as string).length));
    await server.start();
    const sizes = [10, 150_000, 20, 90_000, 30];
    const outcomes = await Promise.all(
      sizes.map((size) => client.publish('happened', 'x'.repeat(size)).catch((error: unknown) => error)),
    );
    assert.deepEqual(
      outcomes.map((outcome) => (isRookeryError(outcome) ? outcome.code : outcome)),
      ['stored', 'PAYLOAD_TOO_LARGE', 'stored', 'stored', 'stored'],
    );
    await eventually(() => assert.deepEqual(seen, new Set([10, 20, 90_000, 30])));
    // Now it is known: the channel stays.
    const closed = () => log.filter((line) => line.includes('channel to RabbitMQ was closed')).length;
    assert.equal(closed(), 1);
    assert.equal(await codeOf(client.publish('happened', 'x'.repeat(150_000))), 'PAYLOAD_TOO_LARGE');
    assert.equal(await client.publish('happened', 1), 'stored');
    assert.equal(closed(), 1);
    assert.equal(transport.state.status, 'ready');
  });

  test('a request and an answer that it refuses end their calls, with what is wrong', async () => {
    const { server } = join('sized');
    server.handle('echo', (data) => data);
    server.handle('make', (size) => 'x'.repeat(size as number));
    await server.start();
    const { client } = join('caller');
    const ask = (pattern: string, data: unknown) =>
      client.request(pattern, data, { to: 'sized', timeout: 10_000 });
    assert.equal(await ask('make', 10), 'x'.repeat(10));
    for (let round = 0; round < 2; round++) {
      assert.equal(await codeOf(ask('echo', 'x'.repeat(150_000))), 'PAYLOAD_TOO_LARGE');
      assert.equal(await ask('make', 90_000), 'x'.repeat(90_000));
    }
    for (let round = 0; round < 2; round++) {
      assert.equal(await codeOf(ask('make', 150_000)), 'PAYLOAD_TOO_LARGE');
      assert.equal(await ask('echo', 1), 1);
    }
  });

  test('a request to a stock service that it refuses is too large, as soon as that is known', async () => {
    const services = { stock: { wire: 'nest', queueOptions: { durable: true } } } as const;
    const { client, log } = join('caller', { services });
    const ask = () => codeOf(client.request('echo', 'x'.repeat(150_000), { to: 'stock', timeout: 60_000 }));
    // RabbitMQ does not say which one it was: the others on their way may have been handled.
    assert.equal(await ask(), 'CONNECTION_LOST');
    assert.equal(await ask(), 'PAYLOAD_TOO_LARGE');
    assert.equal(log.filter((line) => line.includes('channel to RabbitMQ was closed')).length, 1);
  });

  test('what is configured as the limit is refused before it is sent', async () => {
    const { client, log } = join('told', { maxMessageSize: LIMIT, maxBody: LIMIT });
    const error = await rejection(client.publish('happened', 'x'.repeat(LIMIT)));
    assert.ok(isRookeryError(error));
    assert.equal(error.code, 'PAYLOAD_TOO_LARGE');
    assert.deepEqual(
      log.filter((line) => line.includes('closed')),
      [],
    );
  });
});

test('a body that is larger than the broker takes is no option', () => {
  assert.throws(
    () => rabbitmq({ url: 'amqp://127.0.0.1', maxBody: 20_000, maxMessageSize: 10_000 }),
    /maxBody is 20000; it has to be a whole number, from 1 to 10000/,
  );
});
