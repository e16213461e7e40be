import assert from 'node:assert/strict';
import { test } from 'vitest';
import { ObservedState } from '@rookery/core';
import { looped } from './loopback.js';
import { recordedMetrics } from './recorded-telemetry.js';

test('a medium that takes nothing is a metric, from the first time on', async () => {
  const { meterProvider, points } = recordedMetrics();
  const { loop, server } = looped({ telemetry: { meterProvider } });
  const state = new ObservedState();
  Object.defineProperty(loop, 'state', { get: () => state.current });
  Object.assign(loop, { watch: state.watch.bind(state) });
  await server.start();
  state.set({ status: 'ready' });
  assert.deepEqual(await points('rookery.transport.blocked'), []);
  const heard: unknown[] = [];
  state.watch((each) => heard.push(each));
  state.set({ status: 'ready', blocked: 'low on memory' });
  state.set({ status: 'ready', blocked: 'low on memory' });
  const attributes = { 'rookery.transport': 'loop' };
  assert.deepEqual(await points('rookery.transport.blocked'), [{ attributes, value: 1 }]);
  state.set({ status: 'ready' });
  assert.deepEqual(await points('rookery.transport.blocked'), [{ attributes, value: 0 }]);
  assert.equal(heard.length, 2);
  await server.close();
});
