import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'vitest';
import { sharedBroker } from '@rookery/brokers';
import { isRookeryError, systemRandom } from '@rookery/core';
import { rabbitmq } from '@rookery/rabbitmq';
import { freePorts, rejection } from '@rookery/testing';
import { party } from './parties.js';
import { removeAll } from './remove-all.js';

const broker = sharedBroker('rabbitmq');
const url = 'url' in broker ? broker.url : 'amqp://absent';
let parties: ReturnType<typeof party>[] = [];
const join = (...args: Parameters<typeof party>) => {
  const one = party(...args);
  parties.push(one);
  return one;
};

beforeEach(({ skip }) => {
  if ('absent' in broker) skip(broker.absent);
});
afterEach(async () => {
  await Promise.all(parties.map((one) => one.close()));
  if ('url' in broker)
    await removeAll(
      url,
      parties.map(({ transport }) => transport),
    );
  parties = [];
});

async function whyNotStarted(at: string, options: Parameters<typeof party>[2] = {}) {
  const { server } = join(at, 'started', { startTimeout: 300, ...options });
  server.on(['happened'], { endpoint: 'note' }, () => undefined);
  const error = await rejection(server.start());
  assert.ok(isRookeryError(error), String(error));
  return error;
}

test('a wrong password is said at once, without the password', async () => {
  const wrong = new URL(url);
  wrong.password = 'not-this-one';
  const error = await whyNotStarted(wrong.href, { startTimeout: 30_000 });
  assert.equal(error.code, 'UNAUTHENTICATED');
  assert.match(error.message, /'guest'.*name and the password/);
  assert.doesNotMatch(error.message, /not-this-one/);
});

test('a virtual host that there is not is said at once', async () => {
  const wrong = new URL(url);
  wrong.pathname = '/nowhere';
  const error = await whyNotStarted(wrong.href, { startTimeout: 30_000 });
  assert.equal(error.code, 'CONFIGURATION', error.message);
  assert.match(error.message, /virtual host/);
});

test('a broker that does not answer is said when the start has waited long enough', async () => {
  const [port] = await freePorts(1);
  const error = await whyNotStarted(`amqp://127.0.0.1:${port}`);
  assert.equal(error.code, 'UNAVAILABLE');
  assert.match(error.message, /within 300 ms.*ECONNREFUSED.*does it run/);
});

test('a queue that is declared otherwise is an error that names the difference', async () => {
  const prefix = `t-${systemRandom.token(10)}`;
  const first = join(url, 'started', { prefix, maxEvents: 10 });
  first.server.on(['happened'], { endpoint: 'note' }, () => undefined);
  await first.server.start();
  const error = await whyNotStarted(url, { prefix, maxEvents: 20, startTimeout: 30_000 });
  assert.equal(error.code, 'CONFIGURATION');
  assert.match(error.message, /x-max-length.*20.*10/);
});

test('options that cannot work are refused, without showing a password', () => {
  for (const options of [
    { url: 'http://guest:s3cret@127.0.0.1' },
    { url: [] },
    { url, prefix: 'a.b' },
    { url, maxBody: -1 },
    { url, reconnect: { first: 0, longest: 1 } },
  ]) {
    assert.throws(
      () => rabbitmq(options),
      (error: unknown) =>
        isRookeryError(error) && error.code === 'CONFIGURATION' && !error.message.includes('s3cret'),
    );
  }
});

test('what AMQP cannot carry is refused, and hurts nobody else', async () => {
  const prefix = `t-${systemRandom.token(10)}`;
  const { server, client } = join(url, 'carried', { prefix });
  server.handle('echo', (data) => data);
  await server.start();
  const headers = { large: 'x'.repeat(70_000) };
  const errors = await Promise.all([
    rejection(client.request('echo', 1, { to: 'carried', headers })),
    rejection(client.publish('happened', 1, { headers })),
    rejection(client.publish('x'.repeat(300), 1)),
  ]);
  assert.deepEqual(
    errors.map((error) => (isRookeryError(error) ? error.code : error)),
    ['PAYLOAD_TOO_LARGE', 'PAYLOAD_TOO_LARGE', 'CONFIGURATION'],
  );
  assert.equal(await client.request('echo', 2, { to: 'carried' }), 2);
});
