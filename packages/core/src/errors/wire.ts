import * as conditions from './conditions.js';
import { RemoteError } from './remote-error.js';
import type { RookeryError } from './rookery-error.js';
import { isRookeryError, type Recourse, type RookeryErrorOptions } from './rookery-error.js';

/**
 * Errors on the wire, as JSON text, told apart by their one-letter `k`:
 * - `r`: one of Rookery's own, comes back as the same class;
 * - `p`: a thrown value that is no Error (what a Nest filter or RpcException makes), comes back as it is;
 * - `e`: any other Error, comes back as {@link RemoteError}.
 */
type Failure =
  | { k: 'r'; code: string; message: string; recourse: Recourse; retryAfter?: number }
  | { k: 'p'; payload: unknown }
  | {
      k: 'e';
      name: string;
      message: string;
      code?: string | number;
      status?: number;
      stack?: string;
    };

type Condition = new (message: string, options?: RookeryErrorOptions) => RookeryError;

const BY_CODE = new Map<string, Condition>(
  Object.values(conditions).map((condition) => [new condition('').code, condition]),
);

/** The codes of all of Rookery's own errors. */
export const ERROR_CODES: readonly string[] = [...BY_CODE.keys()];

/**
 * Encodes what a handler threw. Never throws: what cannot be encoded becomes an error that says so.
 *
 * @param exposeStack whether the stack may leave this process; never for callers that are not trusted
 */
export function encodeFailure(thrown: unknown, exposeStack: boolean): string {
  try {
    return JSON.stringify(failureOf(thrown, exposeStack));
  } catch (cause) {
    const message = `the handler failed with a value that cannot be encoded: ${String(cause)}`;
    return JSON.stringify({ k: 'e', name: 'Error', message } satisfies Failure);
  }
}

function failureOf(thrown: unknown, exposeStack: boolean): Failure {
  if (isRookeryError(thrown)) {
    const { code, message, recourse, retryAfter } = thrown;
    return { k: 'r', code, message, recourse, ...(retryAfter === undefined ? {} : { retryAfter }) };
  }
  if (!(thrown instanceof Error)) return { k: 'p', payload: thrown };
  const { code, status } = thrown as { code?: unknown; status?: unknown };
  return {
    k: 'e',
    name: thrown.name,
    message: thrown.message,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(typeof status === 'number' ? { status } : {}),
    ...(exposeStack && thrown.stack !== undefined ? { stack: thrown.stack } : {}),
  };
}

/**
 * Turns a failure from the wire into what the caller catches. Never throws: what is no failure comes back as a
 * ProtocolViolation.
 *
 * @param acceptStack whether a stack from the other side is kept
 */
export function decodeFailure(text: string, acceptStack: boolean): unknown {
  let failure: Failure;
  try {
    failure = JSON.parse(text) as Failure;
  } catch (cause) {
    return new conditions.ProtocolViolation('the other side answered with an error that is not JSON', {
      cause,
    });
  }
  switch (failure?.k) {
    case 'r': {
      const condition = BY_CODE.get(failure.code);
      if (!condition)
        return new RemoteError({ name: 'RookeryError', message: failure.message, code: failure.code });
      const { recourse, retryAfter } = failure;
      return new condition(failure.message, {
        recourse,
        ...(retryAfter === undefined ? {} : { retryAfter }),
      });
    }
    case 'p':
      return failure.payload;
    case 'e':
      return new RemoteError({ ...failure, stack: acceptStack ? failure.stack : undefined });
    default:
      return new conditions.ProtocolViolation('the other side answered with an error of an unknown kind');
  }
}
