import type { Profiler } from 'node:inspector';
import { expect, test } from 'vitest';
import { costsOf } from '../src/profile/layers.js';

interface Frame {
  name: string;
  url?: string;
  children?: number[];
}

/** A profile in which node n was on top of the stack for `times[n]` microseconds. */
function profile(frames: Record<number, Frame>, times: Record<number, number>): Profiler.Profile {
  const nodes = Object.entries(frames).map(([id, { name, url = '', children }]) => ({
    id: Number(id),
    callFrame: { functionName: name, url, scriptId: '0', lineNumber: 9, columnNumber: 0 },
    ...(children === undefined ? {} : { children }),
  }));
  const samples = Object.keys(times).map(Number);
  return { nodes, startTime: 0, endTime: 0, samples, timeDeltas: Object.values(times) };
}

const root = 'file:///home/somebody/rookery';

test.each([
  [`${root}/packages/core/dist/codec/json.js`, '@rookery/core codec'],
  [`${root}/packages/transports/tcp/dist/frames/writer.js`, '@rookery/tcp frames'],
  [`${root}/packages/transports/tcp/dist/connection.js`, '@rookery/tcp connection'],
  [`${root}/node_modules/@nestjs/core/router/x.js`, '@nestjs/core'],
  [`${root}/node_modules/a/node_modules/b/index.js`, 'b'],
  [`${root}/benchmarks/dist/contenders/raw-tcp/frames.js`, 'contender raw-tcp'],
  [`${root}/benchmarks/dist/load/closed-loop.js`, 'the benchmark itself'],
  ['node:net', 'node sockets and streams'],
  ['node:internal/streams/writable', 'node sockets and streams'],
  ['node:internal/process/task_queues', 'node ticks and promises'],
  ['node:fs', 'node, other'],
])('%s is the layer %s', (url, layer) => {
  const { layers } = costsOf(profile({ 1: { name: 'f', url } }, { 1: 5 }));
  expect(layers).toEqual([{ name: layer, time: 5 }]);
});

test('native code belongs to its caller, except JSON and the garbage collector', () => {
  const frames: Record<number, Frame> = {
    1: { name: '(root)', children: [2, 6, 7] },
    2: { name: 'encode', url: `${root}/packages/core/dist/codec/json.js`, children: [3, 5] },
    3: { name: 'forEach', children: [4] },
    4: { name: 'utf8Write' },
    5: { name: 'stringify' },
    6: { name: '(garbage collector)' },
    7: { name: '(idle)' },
  };
  const { layers, functions } = costsOf(profile(frames, { 2: 1, 3: 2, 4: 4, 5: 8, 6: 16, 7: 1_000 }));
  expect(layers).toEqual([
    { name: 'garbage collection', time: 16 },
    { name: 'JSON.parse and JSON.stringify', time: 8 },
    { name: '@rookery/core codec', time: 7 },
  ]);
  expect(functions[4]).toEqual({ name: 'encode codec/json.js:10', time: 1 });
});
