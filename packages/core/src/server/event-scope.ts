import type { FirstFailures } from '../dead-letters/first-failures.js';
import type { ServerOptions } from './options.js';

/** What the handling of events needs of its server. */
export interface EventScope extends ServerOptions {
  readonly firstFailures: FirstFailures;
}
