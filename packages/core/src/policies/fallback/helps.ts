import { isRookeryError } from '../../errors/rookery-error.js';

/** What a fallback does not help against: mistakes in code and configuration, and callers that have gone. */
const NOT = new Set([
  'CANCELLED',
  'CLIENT_CLOSED',
  'CONFIGURATION',
  'NO_HANDLER',
  'NOT_ENCODABLE',
  'NOT_DECODABLE',
  'PAYLOAD_TOO_LARGE',
  'PERMISSION_DENIED',
  'UNAUTHENTICATED',
  'IDEMPOTENCY_CONFLICT',
]);

/** Whether an error says that the service could not answer, for no fault of the request. */
export function couldNotAnswer(error: unknown): boolean {
  return isRookeryError(error) && !NOT.has(error.code);
}
