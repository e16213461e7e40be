import { DeadlineExceeded } from '../errors/conditions.js';
import { isRookeryError } from '../errors/rookery-error.js';
import type { TransportState } from '../transport/state.js';

/** What is said of a call that has taken too long. */
export interface LateCall {
  readonly service: string;
  readonly pattern: string;
  readonly attempt: number;
  readonly sent: boolean;
  readonly upload: { readonly touched: boolean } | undefined;
}

/** A stream has begun, and no further value came. */
export function silent({ service, pattern }: LateCall, idleTimeout: number): DeadlineExceeded {
  return new DeadlineExceeded(`the stream ${pattern} of '${service}' was silent for ${idleTimeout} ms`);
}

/** An upload has begun, and its handler takes nothing more of it. */
export function stoodStill({ service, pattern }: LateCall, idleTimeout: number): DeadlineExceeded {
  return new DeadlineExceeded(
    `the upload to ${pattern} of '${service}' stood still: no item was asked for within ${idleTimeout} ms`,
  );
}

/** No answer came at all. */
export function unanswered(call: LateCall, timeout: number, state: TransportState): DeadlineExceeded {
  const { service, pattern, attempt, sent, upload } = call;
  const tries = attempt > 1 ? ` (${attempt} tries)` : '';
  const since = upload?.touched ? ' of the end of its upload' : '';
  const what = `no answer from '${service}' to ${pattern} within ${Math.round(timeout)} ms${since}${tries}`;
  if (sent) return new DeadlineExceeded(`${what}; it was sent, and may have been handled`);
  const cause = 'cause' in state && isRookeryError(state.cause) ? state.cause : undefined;
  const why = cause ? `: ${cause.message}` : '';
  return new DeadlineExceeded(`${what}; it was never sent${why}`, { recourse: 'retryable', cause });
}
