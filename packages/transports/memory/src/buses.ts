import { Bus } from './bus.js';

/** Changes with the shape of {@link Bus}, so that copies of the package that differ in it stay apart. */
const REGISTRY = Symbol.for('rookery.memory.buses.1');

/** Those without a name. */
const unnamed = new WeakMap<object, Bus>();

/** The bus of that name in this process, the same for every copy of this package; or that of an object. */
export function busOf(name: string | object): Bus {
  if (typeof name === 'object') {
    const own = unnamed.get(name) ?? new Bus();
    unnamed.set(name, own);
    return own;
  }
  const shared = globalThis as { [REGISTRY]?: Map<string, Bus> };
  const buses = (shared[REGISTRY] ??= new Map());
  let bus = buses.get(name);
  if (!bus) buses.set(name, (bus = new Bus()));
  return bus;
}
