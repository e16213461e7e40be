/**
 * How a request is tried again: only where that is safe, within its deadline and within the budget. It is safe when the
 * request never left, when the error says that nothing was done, or when it is declared `idempotent`. What a handler
 * threw is an answer and never retried. Of a chain of services only one hop retries: below a call whose caller tries again,
 * only what never left is.
 *
 * @see https://github.com/grpc/proposal/blob/master/A6-client-retries.md
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ (full jitter)
 */
export interface RetryOptions {
  /** How often it is tried in all; 1 means no retry. Default 3. */
  readonly attempts?: number | undefined;
  /** Milliseconds: the longest wait before the second try; each further one is `factor` times as long. Default 50. */
  readonly firstDelay?: number | undefined;
  /** Default 2. */
  readonly factor?: number | undefined;
  /**
   * Milliseconds that no wait exceeds. What the service asks for (`retryAfter`) comes on top; one that asks for more than
   * this is not tried again. Default 1,000.
   */
  readonly maxDelay?: number | undefined;
  /** Retries to a service are at most this share of the calls of the last 10 s. Default 0.1. */
  readonly budget?: number | undefined;
  /** Retries a second that are allowed besides, so that a client with few calls can retry at all. Default 1. */
  readonly minPerSecond?: number | undefined;
}

export const DEFAULT_RETRY: Required<{ [K in keyof RetryOptions]: NonNullable<RetryOptions[K]> }> = {
  attempts: 3,
  firstDelay: 50,
  factor: 2,
  maxDelay: 1_000,
  budget: 0.1,
  minPerSecond: 1,
};
