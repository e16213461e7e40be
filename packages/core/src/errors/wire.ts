import { inspect } from 'node:util';
import * as conditions from './conditions.js';
import { cameFrom } from './origin.js';
import { RemoteError } from './remote-error.js';
import type { RookeryError } from './rookery-error.js';
import { isRookeryError, type Recourse, type RookeryErrorOptions } from './rookery-error.js';

/**
 * Errors on the wire, as JSON text, told apart by their one-letter `k`:
 * - `r`: one of Rookery's own, comes back as the same class; `origin` is the service that a handler has passed it on from,
 *   and stands first, so that what begins with `{"k":"r","code":` is of the service that says it;
 * - `p`: a thrown value that is no Error (what a Nest filter or RpcException makes), comes back as it is;
 * - `e`: any other Error, comes back as {@link RemoteError}.
 */
type Failure =
  | { k: 'r'; origin?: string; code: string; message: string; recourse: Recourse; retryAfter?: number }
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
    const why = cause instanceof Error ? cause.message : inspect(cause);
    const message = `the handler failed with a value that cannot be encoded: ${why}`;
    return JSON.stringify({ k: 'e', name: 'Error', message } satisfies Failure);
  }
}

function failureOf(thrown: unknown, exposeStack: boolean): Failure {
  if (isRookeryError(thrown)) {
    const { code, message, recourse, retryAfter } = thrown;
    if (thrown.origin !== undefined) return passOn(thrown, thrown.origin);
    return { k: 'r', code, message, recourse, ...(retryAfter === undefined ? {} : { retryAfter }) };
  }
  if (!(thrown instanceof Error)) return { k: 'p', payload: thrown };
  const { code, status } = thrown as { code?: unknown; status?: unknown };
  return {
    k: 'e',
    // anything can have been assigned to the fields of an Error
    name: typeof thrown.name === 'string' ? thrown.name : 'Error',
    message: typeof thrown.message === 'string' ? thrown.message : inspect(thrown.message),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(typeof status === 'number' ? { status } : {}),
    ...(exposeStack && typeof thrown.stack === 'string' ? { stack: thrown.stack } : {}),
  };
}

/**
 * A handler lets through what a call of its own failed with. That call may have done nothing, but the handler is known to
 * have begun, so nothing is retryable any more, and how long to wait is between it and whom it called.
 */
function passOn({ code, message, recourse }: RookeryError, origin: string): Failure {
  const by = `passed on from '${origin}': `;
  return {
    k: 'r',
    origin,
    code,
    message: message.startsWith(by) ? message : by + message,
    recourse: recourse === 'retryable' ? 'unknown' : recourse,
  };
}

/**
 * Encodes an Overloaded without making one: whoever refuses nine requests of ten has no time for stack traces.
 *
 * @param retryAfter milliseconds
 */
export function encodeOverloaded(message: string, retryAfter?: number): string {
  return JSON.stringify({
    k: 'r',
    code: 'OVERLOADED',
    message,
    recourse: 'retryable',
    ...(retryAfter === undefined ? {} : { retryAfter }),
  } satisfies Failure);
}

/**
 * Turns a failure from the wire into what the caller catches. Never throws: what is no failure comes back as a
 * ProtocolViolation.
 *
 * @param acceptStack whether a stack from the other side is kept
 */
export function decodeFailure(text: string, acceptStack: boolean): unknown {
  let failure: Readonly<Record<string, unknown>>;
  try {
    failure = (JSON.parse(text) ?? {}) as typeof failure;
  } catch (cause) {
    return new conditions.ProtocolViolation('the other side answered with an error that is not JSON', {
      cause,
    });
  }
  const { k, code, name, message, status, stack } = failure;
  if (k === 'p') return failure['payload'];
  if (k === 'r' && typeof code === 'string' && typeof message === 'string')
    return ownError(code, message, failure);
  if (k === 'e' && typeof name === 'string' && typeof message === 'string') {
    return new RemoteError({
      name,
      message,
      code: typeof code === 'string' || typeof code === 'number' ? code : undefined,
      status: typeof status === 'number' ? status : undefined,
      stack: acceptStack && typeof stack === 'string' ? stack : undefined,
    });
  }
  return new conditions.ProtocolViolation('the other side answered with an error of an unknown kind');
}

function ownError(
  code: string,
  message: string,
  { recourse, retryAfter, origin }: Readonly<Record<string, unknown>>,
): Error {
  const condition = BY_CODE.get(code);
  if (!condition) return new RemoteError({ name: 'RookeryError', message, code });
  const error = new condition(message, {
    ...(isRecourse(recourse) ? { recourse } : {}),
    ...(typeof retryAfter === 'number' ? { retryAfter } : {}),
  });
  return typeof origin === 'string' ? cameFrom(error, origin) : error;
}

function isRecourse(value: unknown): value is Recourse {
  return value === 'terminal' || value === 'retryable' || value === 'unknown';
}
