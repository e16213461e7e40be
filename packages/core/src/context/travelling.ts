/** What passes from hop to hop besides the correlation: part of every envelope, and of what a context is begun with. */
export interface Travelling {
  /** W3C trace context. */
  readonly traceparent?: string | undefined;
  /** W3C trace context. */
  readonly tracestate?: string | undefined;
  /** W3C baggage, as text. */
  readonly baggage?: string | undefined;
  /** On whose behalf the work is done. */
  readonly caller?: string | undefined;
  readonly tenant?: string | undefined;
}
