import { Bus } from './bus.js';

/** Changes with the shape of {@link Bus}, so that copies of the package that differ in it stay apart. */
const REGISTRY = Symbol.for('rookery.memory.buses.1');

/** The bus of that name in this process, the same for every copy of this package. */
export function busNamed(name: string): Bus {
  const shared = globalThis as { [REGISTRY]?: Map<string, Bus> };
  const buses = (shared[REGISTRY] ??= new Map());
  let bus = buses.get(name);
  if (!bus) buses.set(name, (bus = new Bus()));
  return bus;
}
