import type { ClientSettings } from './options.js';

type Patterns = NonNullable<ClientSettings['patterns']>;

/** The client's patterns stand before those of its module; of one that both have, the client's values count. */
export function patternsOf(own: Patterns = {}, module: Patterns = {}): Patterns {
  const both = Object.keys(own).map((name) => [name, { ...module[name], ...own[name] }] as const);
  return { ...own, ...module, ...Object.fromEntries(both) };
}
