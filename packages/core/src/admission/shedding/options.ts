/**
 * When a service that has more to do than it can refuses requests, before their work begins.
 *
 * @see https://queue.acm.org/detail.cfm?id=2839461 (controlled delay)
 * @see https://sre.google/sre-book/handling-overload/
 */
export interface RequestOptions {
  /**
   * How many requests are handled at once; those beyond wait, first come first served. A stream holds its place until its
   * first value. Events do not count. Default 1,000.
   */
  readonly concurrency?: number | undefined;
  /** How many requests may wait; further ones are refused. Default 10,000. */
  readonly queue?: number | undefined;
  /**
   * For how many milliseconds a request may wait; never more than half of the time that its caller has left. One that would
   * have to wait longer is refused when it comes. Default 2,000.
   */
  readonly maxQueueDelay?: number | undefined;
}
