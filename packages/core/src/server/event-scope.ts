import type { FirstFailures } from '../dead-letters/first-failures.js';
import type { DeadLetterStore } from '../dead-letters/store.js';
import type { ServerOptions } from './options.js';

/** What the handling of events needs of its server. */
export interface EventScope extends ServerOptions {
  readonly firstFailures: FirstFailures;
  readonly deadLetters: DeadLetterStore;
}
