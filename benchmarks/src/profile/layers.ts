import type { Stack } from './perf.js';

/** A part of the code, and how much of the process's CPU time it took: 0 to 1. */
export interface Share {
  readonly name: string;
  readonly share: number;
}

/** Where the time went, the largest share first. */
export function sharesOf(stacks: readonly Stack[], nameOf: (stack: Stack) => string): Share[] {
  const counts = new Map<string, number>();
  for (const stack of stacks) {
    const name = nameOf(stack);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .map(([name, count]) => ({ name, share: count / stacks.length }))
    .sort((a, b) => b.share - a.share);
}

/** What is no one's JavaScript, found anywhere in the stack; the first that fits. */
const native: readonly (readonly [RegExp, string])[] = [
  [
    /\b(?:v8::internal::(?:Heap|Scaveng|MarkCompact|Minor|Sweeper|ConcurrentMark)|GarbageCollect)/,
    'V8: garbage collection',
  ],
  [/\bv8::internal::Json|Builtins_Json/, 'V8: JSON'],
];
const kernel: readonly (readonly [RegExp, string])[] = [
  [/sys_write|sys_sendmsg|sys_sendto/, 'kernel: writing to sockets'],
  [/sys_read|sys_recvmsg|sys_recvfrom/, 'kernel: reading from sockets'],
  [/epoll/, 'kernel: polling and sleeping'],
];

/** The layer that a sample belongs to: native code counts for the innermost JavaScript that called it. */
export function layerOf(stack: Stack): string {
  const whole = stack.join('\n');
  if (stack[0]?.includes('[kernel') === true) return firstFit(kernel, whole) ?? 'kernel, other';
  const fit = firstFit(native, whole);
  if (fit !== undefined) return fit;
  const caller = stack.find(isJavaScript);
  return caller === undefined ? 'node and V8, native' : layerOfFunction(caller);
}

/** The innermost JavaScript function of a sample, as `name folder/file.js:line`. */
export function functionOf(stack: Stack): string {
  const caller = stack.find(isJavaScript);
  if (caller === undefined) return '(native)';
  const [, name = '', place = ''] =
    /^JS:\W*([\w#$.<> ]*?) ((?:file|node):\S+?)(?::\d+)? /.exec(`${caller} `) ?? [];
  return `${name === '' ? '(anonymous)' : name} ${place.split('/').slice(-2).join('/')}`;
}

const files: readonly (readonly [RegExp, string])[] = [
  [/\/packages\/(?:transports\/)?(\w+)\/dist\/([\w-]+)/, '@rookery/$1 $2'],
  [/.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//, '$1'], // the innermost
  [/\/benchmarks\/dist\/contenders\/([^/]+?)(?:\.js)?(?:[:/]|$)/, 'contender $1'],
  [/\/benchmarks\/dist\//, 'the benchmark itself'],
  [/node:(?:net|internal\/(?:stream|net))/, 'node: sockets and streams'],
  [/node:(?:internal\/process|internal\/async|async_hooks)/, 'node: ticks, V8: promises'],
  [/node:/, 'node, other'],
];

function layerOfFunction(symbol: string): string {
  for (const [pattern, name] of files) {
    const found = pattern.exec(symbol);
    if (found !== null) return name.replace(/\$(\d)/g, (_, group: string) => found[Number(group)] ?? '');
  }
  return 'node, other';
}

/** Node's own small functions on buffers are part of what calls them. */
function isJavaScript(symbol: string): boolean {
  return symbol.startsWith('JS:') && !/ node:(?:buffer|internal\/buffer)/.test(symbol);
}

function firstFit(patterns: readonly (readonly [RegExp, string])[], text: string): string | undefined {
  return patterns.find(([pattern]) => pattern.test(text))?.[1];
}
