import assert from 'node:assert/strict';
import { test } from 'vitest';
import { isRookeryError } from '@rookery/core';
import { eventually, rejection } from '@rookery/testing';
import { joining } from './joining.js';

const { prefix, join } = joining();

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
