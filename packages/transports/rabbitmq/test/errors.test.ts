import assert from 'node:assert/strict';
import { test } from 'vitest';
import { isRookeryError } from '@rookery/core';
import { rabbitmq, type RabbitmqOptions } from '@rookery/rabbitmq';
import { freePorts, rejection } from '@rookery/testing';
import { joining } from './joining.js';

const { url, join } = joining();

async function whyNotStarted(at: string, options: Partial<RabbitmqOptions> = {}) {
  const { server } = join('started', { url: at, startTimeout: 300, ...options });
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
  const first = join('started', { maxEvents: 10 });
  first.server.on(['happened'], { endpoint: 'note' }, () => undefined);
  await first.server.start();
  const error = await whyNotStarted(url, { maxEvents: 20, startTimeout: 30_000 });
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
  const { server, client } = join('carried');
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
