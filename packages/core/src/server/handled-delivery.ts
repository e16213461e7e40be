import type { MessageContext } from '../context/message-context.js';
import type { Message } from '../envelope/envelope.js';
import type { Delivery, Settlement } from '../transport/events.js';
import type { Enrolled } from '../under-way/roster.js';
import type { DeliveryInHand } from './event-run.js';

/** A delivery that is being handled. */
export class HandledDelivery implements DeliveryInHand, Enrolled<HandledDelivery> {
  earlier: HandledDelivery | undefined = undefined;
  later: HandledDelivery | undefined = undefined;
  readonly delivery: Delivery;
  readonly retryUntil: number;
  context: MessageContext;

  constructor(delivery: Delivery, context: MessageContext, retryUntil: number) {
    this.delivery = delivery;
    this.context = context;
    this.retryUntil = retryUntil;
  }
}

/** A delivery that holds its lane: its further attempts are made here, and not by the medium. */
export class HeldDelivery implements Delivery {
  readonly #delivery: Delivery;
  readonly #orderedRetry: number;
  attempt: number;
  /** See {@link DeliveryInHand.retryUntil}; from its first try on. */
  retryUntil = Infinity;

  /** @param orderedRetry milliseconds */
  constructor(delivery: Delivery, orderedRetry: number) {
    this.#delivery = delivery;
    this.#orderedRetry = orderedRetry;
    this.attempt = delivery.attempt;
  }

  get message(): Message {
    return this.#delivery.message;
  }

  get native(): unknown {
    return this.#delivery.native;
  }

  get peer(): Delivery['peer'] {
    return this.#delivery.peer;
  }

  get fencingToken(): number | undefined {
    return this.#delivery.fencingToken;
  }

  get revoked(): boolean | undefined {
    return this.#delivery.revoked;
  }

  /** A try begins. */
  begins(now: number): void {
    if (this.retryUntil === Infinity) this.retryUntil = now + this.#orderedRetry;
  }

  /** The next try is so many milliseconds away, which do not count if it does not. */
  hold(ms: number, counts: boolean): number {
    if (counts) this.attempt++;
    else this.retryUntil += ms;
    return ms;
  }

  settle(settlement: Settlement): void {
    this.#delivery.settle(settlement);
  }
}
