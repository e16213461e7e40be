import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { Lag } from '@rookery/core';
import { looped } from './loopback.js';
import { recordedMetrics } from './recorded-telemetry.js';

test('what waits is asked for when somebody collects, and never else', async () => {
  const { meterProvider, points } = recordedMetrics();
  let asked = 0;
  let waiting: Lag[] | undefined = [
    { service: 's', of: 'events', endpoint: 'e', destination: 'q', waiting: 3, oldest: 1_500 },
    { service: 's', of: 'requests', destination: 'r', waiting: 0 },
  ];
  const { loop, server } = looped({ telemetry: { meterProvider } });
  const lag = async (): Promise<Lag[]> => {
    asked++;
    if (!waiting) throw new Error('no connection');
    return waiting;
  };
  Object.assign(loop, { lag });
  await server.start();
  assert.equal(asked, 0);
  const ofService = { 'messaging.system.name': 'rookery', 'messaging.consumer.group.name': 's' };
  const events = {
    ...{ ...ofService, 'messaging.destination.name': 'q', 'rookery.lag.of': 'events' },
    'messaging.destination.subscription.name': 'e',
  };
  const requests = { ...ofService, 'messaging.destination.name': 'r', 'rookery.lag.of': 'requests' };
  assert.deepEqual(await points('rookery.consumer.lag'), [
    { attributes: events, value: 3 },
    { attributes: requests, value: 0 },
  ]);
  assert.equal(asked, 1);
  assert.deepEqual(await points('rookery.consumer.lag.age'), [{ attributes: events, value: 1.5 }]);
  waiting = undefined;
  await points('rookery.consumer.lag'); // the collection itself goes well
  const before = asked;
  await server.close();
  await points('rookery.consumer.lag');
  assert.equal(asked, before);
});
