import type { Subscriber, Subscription } from '@rookery/core';
import type { Tenant } from '../connection/link.js';
import type { Source } from '../lag.js';
import { FormerSlots } from '../ordered/former-slots.js';
import { OrderedEndpoint } from '../ordered/ordered-endpoint.js';
import { Slots } from '../ordered/slots.js';
import type { Scope } from '../scope.js';
import type { Item } from '../topology/items.js';
import { BroadcastEndpoint } from './broadcast-endpoint.js';
import { EarlyEvents } from './early-events.js';
import type { Endpoint, EndpointConsumer } from './endpoint-consumer.js';
import type { Publisher } from './publisher.js';
import { SharedEndpoint } from './shared-endpoint.js';

/** All that a transport takes events for. */
export class EventEndpoints {
  readonly #scope: Scope;
  readonly #publisher: Publisher;
  readonly #endpoints: (EndpointConsumer | Slots)[] = [];
  readonly #former: FormerSlots[] = [];
  /** By service. */
  readonly #early = new Map<string, EarlyEvents>();

  constructor(scope: Scope, publisher: Publisher) {
    this.#scope = scope;
    this.#publisher = publisher;
  }

  /** Takes what was sent to a service before it was there. */
  expect(service: string): void {
    if (this.#early.has(service)) return;
    this.#early.set(service, new EarlyEvents(this.#scope, service, this.#publisher));
  }

  add(subscription: Subscription, subscriber: Subscriber): Endpoint {
    const { service, broadcast, ordered } = subscription;
    this.expect(service);
    if (ordered) {
      const endpoint = new OrderedEndpoint(this.#scope, subscription, subscriber, this.#publisher);
      // The slots are bound before the other queue stops to get their events.
      this.#endpoints.push(endpoint.slots, endpoint.keyless);
      return endpoint;
    }
    const endpoint = broadcast
      ? new BroadcastEndpoint(this.#scope, subscription, subscriber)
      : new SharedEndpoint(this.#scope, subscription, subscriber, this.#publisher);
    this.#endpoints.push(endpoint);
    if (!broadcast)
      this.#former.push(new FormerSlots(this.#scope, subscription, endpoint.queue, this.#publisher));
    return endpoint;
  }

  /** In the order in which they move in. */
  get tenants(): readonly (Tenant & { drain(): Promise<void> })[] {
    return [...this.#endpoints, ...this.#former, ...this.#early.values()];
  }

  /** What they need at the broker, but for what they always make themselves. */
  get items(): Item[] {
    const shared = this.#endpoints.filter((each) => !(each instanceof BroadcastEndpoint));
    return [...shared, ...this.#early.values()].flatMap(({ items }) => items);
  }

  /** The queues that they always make themselves. */
  get own(): string[] {
    const always = this.#endpoints.filter(
      (each) => each instanceof BroadcastEndpoint || each instanceof Slots,
    );
    return always.map(({ queue }) => queue);
  }

  /** What is asked of the broker to know how much waits. */
  get sources(): Source[] {
    return this.#endpoints.flatMap((each) => (each instanceof Slots ? each.sources : [each.source]));
  }
}
