import { isRookeryError } from '../../errors/rookery-error.js';

/** What says that a service cannot be reached or does not answer. */
const FAILURES = new Set([
  'DEADLINE_EXCEEDED',
  'CONNECTION_LOST',
  'UNAVAILABLE',
  'ADDRESS_UNUSABLE',
  'PROTOCOL_VIOLATION',
]);

/** Whether an error says that the service which was called is broken; not that it, or a service behind it, refused. */
export function saysBroken(error: unknown): boolean {
  return isRookeryError(error) && FAILURES.has(error.code);
}
