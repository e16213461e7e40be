/** The body of `POST /orders`. */
export interface NewOrder {
  readonly userId: string;
  /** In cents. */
  readonly amount: number;
}

/** What `POST /orders` answers. */
export interface Order extends NewOrder {
  readonly id: string;
  /**
   * `pending`: payments could not answer, and may have charged or not. The same order again, with its id as its
   * Idempotency-Key, finds out, and charges if that was not done.
   */
  readonly payment: 'paid' | 'pending';
}
