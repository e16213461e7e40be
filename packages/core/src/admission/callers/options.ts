/**
 * What one caller may take of a service. A caller is the service that was proven to call (by a certificate or a secret),
 * else the one that the message names, else `anonymous`: without proof it is no more than what the caller says.
 *
 * @see https://sre.google/sre-book/handling-overload/ (per-customer limits)
 */
export interface CallerOptions {
  /** How many requests of one caller may be handled or wait at once. Default `Infinity`. */
  readonly limit?: number | undefined;
  /** The same for callers by name, in place of `limit`. Default `{}`. */
  readonly limits?: Readonly<Record<string, number>> | undefined;
  /**
   * While requests wait, the share of the waiting places that one caller may hold if there are others: above 0, at most 1.
   * Default 0.5.
   */
  readonly queueShare?: number | undefined;
}
