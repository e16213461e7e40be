import type { PolicyLevel, PolicyValues } from './describe.js';
import type { ClientPolicies } from './options.js';

/** What one level sets. */
export interface PolicyLayer<P = ClientPolicies> {
  readonly from: PolicyLevel;
  readonly policies: P;
}

/** A policy's options, put together from the defaults and all levels. */
export interface Resolved<T extends object> {
  readonly values: T;
  readonly described: PolicyValues;
}

/**
 * The options of one policy: of each field, what the innermost layer says. `undefined` when it is off: the innermost
 * layer that says something of it says `false`.
 *
 * @param layers the outermost first
 */
export function resolve<T extends object, P = ClientPolicies>(
  defaults: T,
  layers: readonly PolicyLayer<P>[],
  pick: (policies: P) => { readonly [K in keyof T]?: T[K] | undefined } | false | undefined,
): Resolved<T> | undefined {
  const values = { ...defaults };
  const from = new Map<keyof T, PolicyLevel>();
  let on = true;
  for (const layer of layers) {
    const given = pick(layer.policies);
    if (given === undefined) continue;
    on = given !== false;
    if (given === false) continue;
    for (const key of Object.keys(given) as (keyof T)[]) {
      const value = given[key];
      if (value === undefined) continue;
      values[key] = value;
      from.set(key, layer.from);
    }
  }
  if (!on) return undefined;
  const described = Object.fromEntries(
    (Object.keys(values) as (keyof T & string)[]).map((key) => [
      key,
      { value: values[key], from: from.get(key) ?? 'default' },
    ]),
  );
  return { values, described };
}
