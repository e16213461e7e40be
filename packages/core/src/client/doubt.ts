import { isRookeryError, type RookeryErrorOptions } from '../errors/rookery-error.js';

type Condition = new (message: string, options: RookeryErrorOptions) => Error;

/**
 * An error after which nobody may conclude that nothing was done.
 *
 * @param why what may have been done
 */
export function doubtful(error: unknown, why: string): unknown {
  if (!isRookeryError(error) || error.recourse !== 'retryable') return error;
  const Same = error.constructor as Condition;
  return new Same(`${error.message}; ${why}`, { cause: error, recourse: 'unknown' });
}
