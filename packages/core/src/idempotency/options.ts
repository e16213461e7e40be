import type { IdempotencyStore } from './store.js';

/**
 * What becomes of requests with an idempotency key: of those of one caller with one pattern and one key, the first is
 * handled, and the others get its answer. Requests without a key are not touched.
 */
export interface IdempotencyOptions {
  /** Where answers are kept. Default: in the memory of this replica, so that a key does not hold for other replicas. */
  readonly store?: IdempotencyStore | undefined;
  /** Milliseconds for which an answer is kept. Default 600,000 (10 minutes). */
  readonly keep?: number | undefined;
  /**
   * Milliseconds after which a request that has not ended no longer keeps another with its key from being handled.
   * Default: the time that its caller gave it, at least 30,000.
   */
  readonly lease?: number | undefined;
  /** How many keys the default store remembers; the answers kept longest go first. Default 10,000. */
  readonly maxEntries?: number | undefined;
  /** How many bytes of answers the default store keeps; those kept longest go first. Default 64 MiB. */
  readonly maxBytes?: number | undefined;
}
