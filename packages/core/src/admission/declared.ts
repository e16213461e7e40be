import { ConfigurationError } from '../errors/conditions.js';
import type { PolicyValues } from '../policies/describe.js';

/** A group of options in which each has a value. */
export type Filled<T> = { readonly [K in keyof T]-?: NonNullable<T[K]> };

/** A group of options with their defaults filled in, and where each value is from, for `describe()`. */
export function declared<T extends object>(
  given: T | undefined,
  defaults: Filled<T>,
): { readonly options: Filled<T>; readonly values: PolicyValues } {
  const options: Record<string, unknown> = {};
  const values: Record<string, PolicyValues[string]> = {};
  for (const [name, fallback] of Object.entries(defaults)) {
    const value = (given as Readonly<Record<string, unknown>> | undefined)?.[name];
    options[name] = value ?? fallback;
    values[name] = { value: options[name], from: value === undefined ? 'default' : 'server' };
  }
  return { options: options as Filled<T>, values };
}

/** @throws ConfigurationError that names the option, unless `value` is a whole number of at least `least`, or Infinity */
export function assertCount(name: string, value: number, least: number): void {
  if (value === Infinity || (Number.isInteger(value) && value >= least)) return;
  throw new ConfigurationError(`${name} is ${value}; it has to be a whole number, at least ${least}`);
}

/** @throws ConfigurationError that names the option, unless `value` is milliseconds above 0 */
export function assertMilliseconds(name: string, value: number): void {
  if (value > 0) return;
  throw new ConfigurationError(`${name} is ${value}; it has to be milliseconds, above 0`);
}
