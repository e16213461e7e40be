import type { PolicyCall } from '../step.js';

/**
 * What a request is answered with when the service cannot: no answer in time, unavailable, overloaded, refused by a breaker
 * or a bulkhead. What a handler threw is an answer of its own and gets none, and neither does what its caller cancelled.
 * `client.answer()` tells a fallback from an answer of the service.
 *
 * `lastGood` comes first, then `compute`, then `value`.
 *
 * @see https://github.com/Netflix/Hystrix/wiki/How-To-Use#Fallback
 */
export interface FallbackOptions {
  /** The answer, of which each caller gets a copy; so it is something that can be sent. `undefined` is no fallback; say `null`. */
  readonly value?: unknown;
  /** Makes the answer; when it throws, the call fails as it would have. It runs in the caller's context. */
  readonly compute?: ((error: unknown, call: PolicyCall) => unknown) | undefined;
  /** Milliseconds that `compute` may take. Default 1,000. */
  readonly within?: number | undefined;
  /**
   * The last answer to the same request (the same pattern, body, headers, caller and tenant), if it is not older than so many
   * milliseconds. Default 0: never. Answers of more than one value are not kept.
   */
  readonly lastGood?: number | undefined;
  /** How many last answers are kept; the one used longest ago goes first. Default 1,000. */
  readonly maxKept?: number | undefined;
  /** Which errors it helps against. Default as above. */
  readonly when?: ((error: unknown) => boolean) | undefined;
}
