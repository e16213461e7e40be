import type { Subscriber, Subscription } from '@rookery/core';
import type { Endpoint } from '../events/endpoint-consumer.js';
import type { Publisher } from '../events/publisher.js';
import type { Scope } from '../scope.js';
import { KeylessEndpoint } from './keyless-endpoint.js';
import { Slots } from './slots.js';

/** An ordered endpoint: its slots, and what has no key. */
export class OrderedEndpoint implements Endpoint {
  readonly slots: Slots;
  readonly keyless: KeylessEndpoint;
  /** How many deliveries may begin, of both together. */
  #allowed = Infinity;

  constructor(scope: Scope, subscription: Subscription, subscriber: Subscriber, publisher: Publisher) {
    const counting: Subscriber = (delivery) => {
      this.#allowed--;
      if (this.#allowed <= 0) this.pause();
      subscriber(delivery);
    };
    this.slots = new Slots(scope, subscription, counting, publisher);
    this.keyless = new KeylessEndpoint(scope, subscription, counting, publisher);
  }

  /** Events with a key that are put here go on to the queues of their slots. */
  get queue(): string {
    return this.keyless.queue;
  }

  pause(): void {
    this.#allowed = 0;
    this.slots.pause();
    this.keyless.pause();
  }

  resume(deliveries = Infinity): void {
    this.#allowed = deliveries;
    this.slots.resume(deliveries);
    if (this.#allowed > 0) this.keyless.resume(this.#allowed);
  }
}
