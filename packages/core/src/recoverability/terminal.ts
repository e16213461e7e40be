import { isRookeryError } from '../errors/rookery-error.js';
import type { EventRetries } from './retries.js';

/**
 * Whether the same event will fail again, so that no further try is made.
 *
 * Of Rookery's own errors only {@link Unrecoverable} says so, and only where the handler itself has thrown it. All others
 * say what became of a call or of a connection of the handler's, and a deploy or another setting may mend that before the
 * next try; what is final for a service that was called need not be final here.
 */
export function isTerminal(error: unknown, { terminal, giveUp }: Pick<EventRetries, 'terminal' | 'giveUp'>) {
  if (isRookeryError(error) && error.code === 'UNRECOVERABLE' && error.origin === undefined) return true;
  return terminal.some((kind) => isOf(error, kind)) || giveUp(error);
}

function isOf(error: unknown, kind: EventRetries['terminal'][number]): boolean {
  if (typeof kind !== 'string') return error instanceof kind;
  if (typeof error !== 'object' || error === null) return false;
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  return code === kind || name === kind;
}
