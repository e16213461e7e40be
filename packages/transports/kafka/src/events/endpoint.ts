import type { Settlement, Subscriber, Subscription, SubscriptionControl } from '@rookery/core';
import type { Names } from '../topics/names.js';
import { decodeEvent } from './cloud-event.js';
import type { Pending, Taker } from './pending.js';

/** One handler, with the events that wait for it; a bounded number of them is with it at once. */
export class Endpoint implements SubscriptionControl, Taker {
  readonly subscription: Subscription;
  readonly #subscriber: Subscriber;
  readonly #names: Names;
  readonly #stock: boolean;
  /** Has an event come again that asks for it. */
  #retry: ((pending: Pending, after: number) => void) | undefined;
  #turned: (() => void) | undefined;
  readonly #queue: Pending[] = [];
  #running = 0;
  #stopped = false;
  /** How many more deliveries may be begun. */
  #allowance = Infinity;

  /** @param stock whether what says nothing of its format is of stock Nest */
  constructor(subscription: Subscription, subscriber: Subscriber, names: Names, stock: boolean) {
    this.subscription = subscription;
    this.#subscriber = subscriber;
    this.#names = names;
    this.#stock = stock;
  }

  get name(): string {
    return this.subscription.endpoint;
  }

  get ordered(): boolean {
    return this.subscription.ordered === true;
  }

  /**
   * From now on events may come.
   *
   * @param retry has one come again
   * @param turned called when it pauses or goes on
   */
  open(retry: (pending: Pending, after: number) => void, turned?: () => void): void {
    this.#retry = retry;
    this.#turned = turned;
  }

  get paused(): boolean {
    return this.#allowance === 0;
  }

  pause(): void {
    this.#allow(0);
  }

  resume(deliveries = Infinity): void {
    this.#allow(deliveries);
    this.#next();
  }

  offer(pending: Pending): void {
    this.#queue.push(pending);
    this.#next();
  }

  /** Begins nothing more. */
  stop(): void {
    this.#stopped = true;
    this.#queue.length = 0;
  }

  #allow(deliveries: number): void {
    const { paused } = this;
    this.#allowance = deliveries;
    if (this.paused !== paused) this.#turned?.();
  }

  #next(): void {
    while (!this.#stopped && this.#allowance > 0 && this.#running < this.subscription.concurrency) {
      const pending = this.#queue.shift();
      if (!pending) return;
      if (!pending.entry.log.closed) this.#deliver(pending);
    }
  }

  #deliver(pending: Pending): void {
    const { log, record } = pending.entry;
    this.#running++;
    this.#allow(this.#allowance - 1);
    log.began();
    // Decoded for each try, so that none sees what another has changed.
    const message = decodeEvent(record, this.#names, this.#stock);
    this.#subscriber(pending.delivery(message, (settlement) => this.#settle(pending, settlement)));
  }

  #settle(pending: Pending, settlement: Settlement): void {
    this.#running--;
    if (settlement.outcome === 'retry') {
      if (settlement.uncounted) pending.attempt--;
      this.#retry?.(pending, settlement.after);
    } else pending.settled();
    pending.entry.log.ended();
    this.#next();
  }
}
