import { isRookeryError } from '../../errors/rookery-error.js';
import type { PolicyCall } from '../step.js';

/** Whether a call that failed so may be tried again. */
export function mayTryAgain(call: PolicyCall, error: unknown): boolean {
  // A step that refuses (an open breaker, a full bulkhead) means it.
  if (!call.handed || !call.replayable || !isRookeryError(error)) return false;
  if (error.recourse === 'terminal') return false;
  // Whoever called the service that this call is made in tries again, and this call with it.
  if (call.context?.message?.envelope.attempt !== undefined && call.sent) return false;
  return error.recourse === 'retryable' || call.idempotent;
}
