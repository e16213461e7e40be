import { isRookeryError, type RookeryErrorOptions } from '../errors/rookery-error.js';

type Condition = new (message: string, options: RookeryErrorOptions) => Error;

/** An error of a later try, after an earlier one that may have been handled: nobody may conclude that nothing was done. */
export function doubtful(error: unknown): unknown {
  if (!isRookeryError(error) || error.recourse !== 'retryable') return error;
  const Same = error.constructor as Condition;
  const message = `${error.message}; an earlier try may have been handled`;
  return new Same(message, { cause: error, recourse: 'unknown' });
}
