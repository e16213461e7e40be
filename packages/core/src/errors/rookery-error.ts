const BRAND = Symbol.for('rookery.error');

/**
 * What the one who catches an error can do about it.
 * - `terminal`: the same message will fail again.
 * - `retryable`: nothing was done; trying again, after `retryAfter` if it is set, is safe.
 * - `unknown`: it may or may not have been done; only an idempotent request may be tried again.
 */
export type Recourse = 'terminal' | 'retryable' | 'unknown';

/** What can be said of an error besides its message. */
export interface RookeryErrorOptions {
  readonly cause?: unknown;
  readonly recourse?: Recourse;
  /** Milliseconds to wait before trying again. */
  readonly retryAfter?: number;
}

/**
 * An error of Rookery's own. Recognise one by `code` (or {@link isRookeryError}), never by `instanceof`: it may have
 * crossed the wire, or come from another copy of the package.
 */
export abstract class RookeryError extends Error {
  /** Stable, in capitals; listed in the documentation. */
  abstract readonly code: string;
  readonly recourse: Recourse;
  readonly retryAfter: number | undefined;
  /**
   * The service whose call failed with it, once it has come out of a call; `undefined` before. It stays when the error is
   * passed on by a handler, so that of a call to `orders` it may be `payments`. Not enumerable.
   */
  declare readonly origin: string | undefined;

  constructor(message: string, recourse: Recourse, options: RookeryErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.recourse = options.recourse ?? recourse;
    this.retryAfter = options.retryAfter;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Whether `value` is an error of Rookery's, from whichever copy of the package. */
export function isRookeryError(value: unknown): value is RookeryError {
  return typeof value === 'object' && value !== null && BRAND in value;
}
