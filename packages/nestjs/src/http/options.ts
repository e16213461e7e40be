/**
 * What of an HTTP request is believed and goes into the context of all that is called for it. Nobody outside may say who
 * the tenant or the caller is, unless a header is named here: a guard that has found them out calls
 * `callContext()?.identify({ tenant, caller })`.
 */
export interface HttpOptions {
  /**
   * Where a correlation id is looked for; of several headers the first that has one. It is taken if it is 1 to 128
   * visible characters of ASCII; else a new one is made. Default `['x-correlation-id', 'x-request-id']`.
   */
  readonly correlationHeaders?: readonly string[];
  /** The header of the response that says the correlation id; `false` for none. Default `x-correlation-id`. */
  readonly responseHeader?: string | false;
  /** Go on with the trace that `traceparent` and `tracestate` name. Default `true`. */
  readonly trace?: boolean;
  /** Take the baggage over. Default `true`: decide nothing by baggage that needs proof. */
  readonly baggage?: boolean;
  /** The header that says the tenant. Only behind a proxy that sets it or takes it away itself. Default: none. */
  readonly tenantHeader?: string;
  /** The header that says the caller. Only behind a proxy that sets it or takes it away itself. Default: none. */
  readonly callerHeader?: string;
}
