import type { BreakerOptions } from './breaker/options.js';
import type { BulkheadOptions } from './bulkhead/options.js';
import type { FallbackOptions } from './fallback/options.js';
import type { RetryOptions } from './retry/options.js';
import type { ApplicationPolicy } from './step.js';
import type { ThrottleOptions } from './throttle/options.js';

/**
 * What calls do about time, failures and load. Each field of each policy may be set for a module, a client, a pattern and
 * (where {@link CallOptions} has it) a call; the innermost that sets it wins. `false` switches a policy off.
 */
export interface ClientPolicies {
  /** Milliseconds until a request fails if no answer (of a stream: no first item) has come, all tries together. Finite. Default 30,000. */
  readonly timeout?: number | undefined;
  /** Milliseconds between two items of a stream, while the other side may send one; `Infinity` for no limit. Default 30,000. */
  readonly idleTimeout?: number | undefined;
  /**
   * Handling the request twice is the same as once, so that it may be tried again although a try may have been handled.
   * Default `false`.
   */
  readonly idempotent?: boolean | undefined;
  readonly retry?: RetryOptions | false | undefined;
  readonly breaker?: BreakerOptions | false | undefined;
  readonly throttle?: ThrottleOptions | false | undefined;
  readonly bulkhead?: BulkheadOptions | false | undefined;
  /** What to answer when a call fails for no fault of its own. Default: none. */
  readonly fallback?: FallbackOptions | false | undefined;
  /** Steps of the application's own. Those of a module, a client and a pattern are all run, in that order. */
  readonly policies?: readonly ApplicationPolicy[] | undefined;
}
