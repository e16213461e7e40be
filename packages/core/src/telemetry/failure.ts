import { SpanStatusCode, type Span } from '@opentelemetry/api';
import { isRookeryError } from '../errors/rookery-error.js';

/** What the code of an error without one is on the wire. */
const HANDLER_ERROR = 'HANDLER_ERROR';

/** `rpc.status_code`: `OK`, or the code of the error as the caller gets it. */
export function statusCodeOf(failure: Failure | undefined): string {
  return failure === undefined ? 'OK' : codeOf(failure.error);
}

/** How something failed; an object, because what was thrown may be `undefined`. */
export interface Failure {
  readonly error: unknown;
}

/** `error.type`: the code, or the name of the class where there is none. */
export function errorTypeOf(error: unknown): string {
  const code = codeOf(error);
  if (code !== HANDLER_ERROR) return code;
  return error instanceof Error ? error.name : '_OTHER';
}

/** Marks a span as failed. */
export function markFailed(span: Span, error: unknown): void {
  const message = error instanceof Error ? error.message : undefined;
  span.setStatus({ code: SpanStatusCode.ERROR, ...(message === undefined ? {} : { message }) });
}

/** Whether a failed request is the caller's doing, as a 4xx of HTTP is: the service has done nothing wrong. */
export function blamesCaller(error: unknown): boolean {
  if (isRookeryError(error)) return error.code === 'CANCELLED';
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500;
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return HANDLER_ERROR;
  const { code } = error;
  return typeof code === 'string' || typeof code === 'number' ? String(code) : HANDLER_ERROR;
}
