/**
 * How many calls to one service may be under way, so that one that hangs does not take the memory, and the callers, of
 * all. A call keeps its place over all its tries, a stream until its end.
 */
export interface BulkheadOptions {
  /** Calls at once; one more fails with BulkheadFull, never sent. Default 10,000. */
  readonly limit?: number | undefined;
}
