import { NoHandler } from '../errors/conditions.js';
import { encodeFailure } from '../errors/wire.js';

/** What stock Nest answers when it has no handler. */
const NO_MESSAGE_HANDLER = 'There is no matching message handler defined in the remote service.';

/** What Nest's exception filter makes of an error that it does not know. */
const UNKNOWN = { status: 'error', message: 'Internal server error' };

/** The members of a reply that fails, as stock Nest would have sent it. */
export interface StockFailure {
  readonly fields: { readonly err: unknown; readonly isDisposed?: true; readonly status?: 'error' };
  /** What the caller does not get to see of it, for the log. */
  readonly hidden: string | undefined;
}

/**
 * Turns a failure of {@link encodeFailure} into what a stock client expects: a payload (of an RpcException or a filter)
 * as it is, an error of Rookery's with its code, any other error without what it says, as Nest's own filter has it.
 */
export function stockFailure(failure: string): StockFailure {
  const { k, code, name, message, recourse, retryAfter, payload } = JSON.parse(failure) as Record<
    string,
    unknown
  >;
  if (k === 'p') return { fields: { err: payload || UNKNOWN, isDisposed: true }, hidden: undefined };
  if (k !== 'r')
    return { fields: { err: UNKNOWN, isDisposed: true }, hidden: `${String(name)}: ${String(message)}` };
  if (code === 'NO_HANDLER')
    return { fields: { status: 'error', err: NO_MESSAGE_HANDLER }, hidden: String(message) };
  const err = { status: 'error', message, code, recourse, retryAfter };
  return { fields: { err, isDisposed: true }, hidden: undefined };
}

/** Turns the `err` of a stock reply into a failure: the caller catches what a stock client would; NoHandler is typed. */
export function failureOfStock(err: unknown, service: string, pattern: string): string {
  if (err !== NO_MESSAGE_HANDLER) return encodeFailure(err, false);
  return encodeFailure(new NoHandler(`'${service}' has no handler for the request ${pattern}`), false);
}
