/**
 * When calls to a service that does not answer are refused at once: after enough of them failed, for a while, until a
 * probe succeeds. What a handler throws, what an overloaded service refuses and what a caller cancels is no failure. Single
 * replicas of a direct transport are left out by the transport itself.
 *
 * @see https://martinfowler.com/bliki/CircuitBreaker.html
 */
export interface BreakerOptions {
  /** The share of the tries of the last `window` that have to fail for it to open. Default 0.5. */
  readonly threshold?: number | undefined;
  /** How many tries there have to be within `window` before it can open. Default 20. */
  readonly minimum?: number | undefined;
  /** Milliseconds that are looked at. Default 10,000. */
  readonly window?: number | undefined;
  /** Milliseconds for which it is open before the first probe; doubled each time that a probe fails. Default 1,000. */
  readonly openFor?: number | undefined;
  /** Milliseconds beyond which that does not grow. Default 5,000. */
  readonly maxOpenFor?: number | undefined;
  /** How many tries are let through at once while it is half open; as many have to succeed in a row. Default 1. */
  readonly probes?: number | undefined;
  /** Which errors are failures. Default: no answer in time, connection lost, service unavailable, and the like. */
  readonly counts?: ((this: void, error: unknown) => boolean) | undefined;
}
