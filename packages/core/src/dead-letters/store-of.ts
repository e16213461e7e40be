import type { ServerOptions } from '../server/options.js';
import { LoggedDeadLetters } from './logged.js';
import { MemoryDeadLetters } from './memory.js';
import type { DeadLetterStore } from './store.js';

/** Where a server keeps what it gives up: as it is told, or where its medium keeps it, or in memory. */
export function deadLetterStoreOf(options: ServerOptions): DeadLetterStore | LoggedDeadLetters {
  const { deadLetters = {}, service, transport, clock, random, logger } = options;
  if ('put' in deadLetters) return deadLetters;
  const log = transport.deadLetters?.(service);
  const bounds = deadLetters;
  return log
    ? new LoggedDeadLetters({ ...bounds, service, log, clock, random, logger })
    : new MemoryDeadLetters(bounds);
}
