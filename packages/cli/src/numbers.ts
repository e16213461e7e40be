import { textOf, type Invocation } from './subcommand.js';
import { UsageError } from './usage-error.js';

/**
 * An option that is a number above 0, if it was given.
 *
 * @param what of what it is a number
 * @throws UsageError
 */
export function numberOf(invocation: Invocation, name: string, what: string): number | undefined {
  const text = textOf(invocation, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value < Infinity) return value;
  throw new UsageError(`--${name} is ${text}; it has to be a number of ${what}, above 0`);
}
