import {
  fencingTokenAfter,
  type Clock,
  type Delivery,
  type Message,
  type Peer,
  type Settlement,
  type Subscriber,
  type Subscription,
  type SubscriptionControl,
} from '@rookery/core';
import type { Outcome } from '../frames/ack.js';

/** An event that has arrived for an endpoint of this process. */
export interface Arrival {
  readonly message: Message;
  readonly attempt: number;
  /** What the medium has of it, for people: the socket. */
  readonly native: unknown;
  /** Who sent it, as far as that is proven; nothing for what this process sends to itself. */
  readonly peer?: Peer | undefined;
  /** Its sender knows nothing of pauses: it waits here for their end, and would else be sent over and over. */
  readonly patient: boolean;
  /** Whoever sent it is gone, and will send it again. */
  readonly gone: boolean;
  /** Tells the sender; called at most once. */
  settle(outcome: Outcome): void;
}

/**
 * The receiving end of one endpoint: however many senders there are, no more deliveries than its concurrency are
 * unsettled; the rest wait.
 */
export class Intake implements SubscriptionControl {
  readonly subscription: Subscription;
  readonly #subscriber: Subscriber;
  readonly #clock: Clock;
  /** By slot, of those that senders gave to this replica. */
  readonly #fencingTokens: number[] = [];
  #waiting: Arrival[] = [];
  #running = 0;
  /** How many more deliveries may be begun: none while it is paused, `Infinity` where nobody counts. */
  #allowance = Infinity;
  #stopped = false;
  /** The places that senders have here; they change with the connections. */
  readonly #watchers = new Set<() => void>();

  constructor(subscription: Subscription, subscriber: Subscriber, clock: Clock) {
    this.subscription = subscription;
    this.#subscriber = subscriber;
    this.#clock = clock;
  }

  /**
   * A sender gives this replica a slot that another one had, as far as it knows: takes a fencing token that is larger than all
   * before. All senders share it, so that what comes from one of them does not look older than what comes from another.
   *
   * @param above the largest one that the sender knows
   * @returns `undefined` where nothing is ordered
   */
  own(slot: number, above: number): number | undefined {
    if (this.subscription.ordered !== true) return undefined;
    const last = Math.max(above, this.#fencingTokens[slot] ?? 0);
    return (this.#fencingTokens[slot] = fencingTokenAfter(last, this.#clock.epoch()));
  }

  take(arrival: Arrival): void {
    if (this.#stopped || (this.#allowance === 0 && !arrival.patient)) arrival.settle({ outcome: 'return' });
    else if (this.#open) this.#deliver(arrival);
    else this.#waiting.push(arrival);
  }

  pause(): void {
    this.#allow(0);
  }

  resume(deliveries = Infinity): void {
    this.#allow(deliveries);
    this.#next();
  }

  /** How many deliveries a sender that has `unsettled` ones may have. */
  windowFor(unsettled: number): number {
    const { concurrency } = this.subscription;
    return this.#allowance === 0 ? 0 : Math.min(concurrency, unsettled + this.#allowance);
  }

  /** Calls `changed` when {@link Intake.windowFor} may give something else, until the returned function is called. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** A sender is gone: forgets what waits of it, because it comes again. */
  sweep(): void {
    if (this.#waiting.length > 0) this.#waiting = this.#waiting.filter(({ gone }) => !gone);
  }

  /** Takes nothing new, and gives back what waits. */
  stop(): void {
    this.#stopped = true;
    for (const arrival of this.#waiting.splice(0)) arrival.settle({ outcome: 'return' });
  }

  #allow(deliveries: number): void {
    if (this.#stopped) return;
    this.#allowance = deliveries;
    // The senders hear of it before they get anything back.
    for (const changed of this.#watchers) changed();
    if (deliveries > 0) return;
    for (const arrival of this.#waiting.splice(0)) {
      if (arrival.patient) this.#waiting.push(arrival);
      else arrival.settle({ outcome: 'return' });
    }
  }

  get #open(): boolean {
    return this.#allowance > 0 && this.#running < this.subscription.concurrency;
  }

  #deliver(arrival: Arrival): void {
    this.#running++;
    if (--this.#allowance === 0) this.#allow(0);
    const { message, attempt, native, peer } = arrival;
    const { slot } = message.envelope;
    const tokens = this.#fencingTokens;
    const first = slot === undefined ? undefined : tokens[slot];
    let settled = false;
    const delivery: Delivery = {
      message,
      attempt,
      native,
      peer,
      // Its next try here may come under a larger one; but not if others have it by then.
      get fencingToken() {
        return slot === undefined || arrival.gone ? first : tokens[slot];
      },
      settle: (settlement: Settlement) => {
        if (settled) return;
        settled = true;
        this.#running--;
        arrival.settle(settlement);
        this.#next();
      },
    };
    this.#subscriber(delivery);
  }

  #next(): void {
    while (this.#waiting.length > 0 && this.#open) {
      const arrival = this.#waiting.shift();
      if (arrival && !arrival.gone) this.#deliver(arrival);
    }
  }
}
