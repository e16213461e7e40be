/** Where the values of a source go: those of a reply, or the items of an upload. Each call may end the source. */
export interface StreamOutlet {
  /** Whether it takes nothing now, whatever the credit; `credit(0)` tells the source that this has changed. */
  readonly full?: boolean;
  /** One value, for which there was credit; `last` when the source ends with it. */
  value(value: unknown, last: boolean): void;
  end(): void;
  fail(error: unknown): void;
  /** More waits than may; default: `fail`, after what waits. */
  overflow?(error: Error): void;
}

/** A source of values that honours credit. */
export interface StreamSource {
  /** The reader wants `count` more. */
  credit(count: number): void;
  /** The reader is gone. */
  stop(): void;
}

/** Ends an iteration early; its failure to clean up after itself has nobody left to hear of it. */
export function leave(iterator: AsyncIterator<unknown>): void {
  (async () => iterator.return?.())().catch(() => undefined);
}
