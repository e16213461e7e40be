/** `payment.charge` takes it, with the order's id as its idempotency key, and gives the Payment. */
export interface Charge {
  readonly orderId: string;
  readonly userId: string;
  /** Whom the receipt goes to. */
  readonly email: string;
  /** In cents. */
  readonly amount: number;
}

/** `payment.charged` carries it. */
export interface Payment extends Charge {
  readonly id: string;
}

/** `payment.flaky` takes and gives it: the shares of the bank's calls, from 0 to 1, that fail and that hang. */
export interface Flakiness {
  readonly failing: number;
  readonly hanging: number;
}
