import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'vitest';
import { sharedBroker } from '@rookery/brokers';
import { isRookeryError, systemRandom } from '@rookery/core';
import { eventually, rejection } from '@rookery/testing';
import { party } from './parties.js';
import { removeAll } from './remove-all.js';

const broker = sharedBroker('rabbitmq');
const url = 'url' in broker ? broker.url : 'amqp://absent';
const prefix = `t-${systemRandom.token(10)}`;
let parties: ReturnType<typeof party>[] = [];
const join = (service?: string) => {
  const one = party(url, service, { prefix });
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

test('what waits for each endpoint, and how old it is at most', async () => {
  const { server } = join('lagging');
  const held: (() => void)[] = [];
  const hold = () => new Promise<void>((resolve) => held.push(resolve));
  server.on(['happened'], { endpoint: 'slow', concurrency: 2 }, hold);
  server.on(['happened'], { endpoint: 'quick' }, () => undefined);
  server.handle('echo', (data) => data);
  await server.start();
  const { client } = join();
  const begun = Date.now();
  await Promise.all(Array.from({ length: 10 }, (_, n) => client.publish('happened', n)));
  await eventually(async () => {
    const [requests, slow, quick] = await server.lag();
    assert.deepEqual(requests, {
      ...{ service: 'lagging', of: 'requests', destination: `${prefix}.lagging.requests` },
      ...{ waiting: 0, oldest: undefined },
    });
    const { oldest, ...others } = slow!;
    const destination = `${prefix}.lagging.endpoint.slow`;
    assert.deepEqual(others, { service: 'lagging', of: 'events', endpoint: 'slow', destination, waiting: 8 });
    assert.ok(oldest !== undefined && oldest >= 0 && oldest <= Date.now() - begun + 1_000);
    assert.equal(quick?.waiting, 0);
  });
  await eventually(async () => {
    for (const release of held.splice(0)) release();
    assert.equal((await server.lag())[1]?.waiting, 0);
  });
});

test('without a connection it is said that nobody can be asked', async () => {
  const error = await rejection(join('lost').server.lag());
  assert.ok(isRookeryError(error));
  assert.equal(error.code, 'UNAVAILABLE');
});
