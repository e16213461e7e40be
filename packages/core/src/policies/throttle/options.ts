/**
 * How a client holds back from a service that refuses for overload: once it has refused some, as many calls are refused
 * here, at once, that it is asked for `headroom` times what it takes. It needs no tuning: what the service takes again
 * opens it again.
 *
 * @see https://sre.google/sre-book/handling-overload/ ("client-side throttling")
 */
export interface ThrottleOptions {
  /** How many times what the service takes it is still asked for; above 1, so that it is noticed when it takes more. Default 2. */
  readonly headroom?: number | undefined;
  /** Milliseconds that are looked at. Default 10,000. */
  readonly window?: number | undefined;
}
