import type { Profiler } from 'node:inspector';

/** A part of the code, and the time that its own lines took, in microseconds. */
export interface Cost {
  readonly name: string;
  readonly time: number;
}

export interface Costs {
  readonly layers: readonly Cost[];
  readonly functions: readonly Cost[];
}

/**
 * Where the time of a profile went, the dearest first: by layer, and by single function. Not in it is what
 * V8 calls idle: the event loop's own time, which is its waiting, and its reading from sockets.
 */
export function costsOf(profile: Profiler.Profile): Costs {
  const parents = parentsOf(profile);
  const time = timePerNode(profile);
  const layers = new Map<string, number>();
  const functions = new Map<string, number>();
  for (const node of profile.nodes) {
    const { functionName, url } = node.callFrame;
    const isProfiler = url === 'node:inspector';
    const own = time.get(node.id) ?? 0;
    if (own === 0 || isProfiler || functionName === '(idle)') continue;
    add(layers, layerOf(node, parents), own);
    add(functions, nameOf(node), own);
  }
  return { layers: dearestFirst(layers), functions: dearestFirst(functions) };
}

type Node = Profiler.ProfileNode;

function parentsOf({ nodes }: Profiler.Profile): Map<number, Node> {
  const parents = new Map<number, Node>();
  for (const node of nodes) for (const child of node.children ?? []) parents.set(child, node);
  return parents;
}

function timePerNode({ samples = [], timeDeltas = [] }: Profiler.Profile): Map<number, number> {
  const time = new Map<number, number>();
  samples.forEach((id, index) => add(time, id, timeDeltas[index] ?? 0));
  return time;
}

/** What has no file of its own (JSON.parse, a Map's get, a system call) belongs to who called it. */
function layerOf(node: Node, parents: Map<number, Node>): string {
  const { url, functionName } = node.callFrame;
  if (url !== '') return layerOfFile(url);
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (functionName === '(program)' || functionName === '(root)') return 'node and V8, native';
  if (isJson(functionName)) return 'JSON.parse and JSON.stringify';
  const parent = parents.get(node.id);
  return parent === undefined ? 'node and V8, native' : layerOf(parent, parents);
}

function isJson(name: string): boolean {
  return name === 'parse' || name === 'stringify';
}

const folders: readonly (readonly [RegExp, string])[] = [
  [/\/packages\/(?:transports\/)?(\w+)\/dist\/([\w-]+)/, '@rookery/$1 $2'],
  [/.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//, '$1'], // the innermost
  [/\/benchmarks\/dist\/contenders\/([^/]+?)(?:\.js)?(?:\/|$)/, 'contender $1'],
  [/\/benchmarks\/dist\//, 'the benchmark itself'],
  [
    /^node:(?:net|internal\/(?:streams?|stream_base_commons|net|js_stream_socket))/,
    'node sockets and streams',
  ],
  [/^node:(?:buffer|internal\/(?:buffer|util))/, 'node buffers'],
  [/^node:(?:internal\/process|internal\/async_hooks|async_hooks)/, 'node ticks and promises'],
  [/^node:(?:timers|internal\/timers)/, 'node timers'],
  [/^node:(?:events)/, 'node events'],
  [/^node:/, 'node, other'],
];

function layerOfFile(url: string): string {
  for (const [pattern, name] of folders) {
    const found = pattern.exec(url);
    if (found !== null) return name.replace(/\$(\d)/g, (_, group: string) => found[Number(group)] ?? '');
  }
  return 'other';
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: Node): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  return url === '' ? name : `${name} ${url.split('/').slice(-2).join('/')}:${lineNumber + 1}`;
}

function add<Key>(map: Map<Key, number>, key: Key, value: number): void {
  map.set(key, (map.get(key) ?? 0) + value);
}

function dearestFirst(times: Map<string, number>): Cost[] {
  return [...times].map(([name, time]) => ({ name, time })).sort((a, b) => b.time - a.time);
}
