import { ConfigurationError } from '@rookery/core';

/** @throws ConfigurationError unless `value` is a number that is finite and no less than `least` */
export function atLeast(least: number, option: string, value: number): number {
  if (Number.isFinite(value) && value >= least) return value;
  throw new ConfigurationError(`${option} is ${value}; it has to be a number, at least ${least}`);
}

/** @throws ConfigurationError unless `value` is a whole number and no less than `least` */
export function wholeAtLeast(least: number, option: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new ConfigurationError(`${option} is ${value}; it has to be a whole number, at least ${least}`);
}
