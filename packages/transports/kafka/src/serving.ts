import type {
  Frame,
  Lag,
  RequestHandler,
  Subscriber,
  Subscription,
  SubscriptionControl,
  TransportHost,
} from '@rookery/core';
import type { Attempts } from './connection/attempts.js';
import type { Cluster } from './connection/cluster.js';
import type { Health } from './connection/health.js';
import { Broadcasts } from './events/broadcasts.js';
import { Endpoint } from './events/endpoint.js';
import { GroupEvents } from './events/group-events.js';
import { StockRequests } from './nest-wire/stock-requests.js';
import type { Settings } from './options.js';
import type { Outgoing } from './produce/outgoing.js';
import { Requests } from './requests/requests.js';
import type { Topics } from './topics/topics.js';

/** What takes part in serving. */
interface ServingParts {
  readonly host: TransportHost;
  readonly cluster: Cluster;
  readonly topics: Topics;
  readonly health: Health;
  readonly attempts: Attempts;
  /** Where answers to stock clients and events that are to come again go out. */
  readonly outgoing: Outgoing;
}

/** What this side takes: the requests for its service, of stock clients too, and the events of its endpoints. */
export class Serving {
  readonly #parts: ServingParts;
  readonly #endpoints: Endpoint[] = [];
  readonly #consumers: (GroupEvents | Broadcasts)[] = [];
  #requests: Requests | undefined;
  #stock: StockRequests | undefined;
  #service: string | undefined;

  constructor(parts: ServingParts) {
    this.#parts = parts;
  }

  /** Whose requests are taken. */
  get service(): string | undefined {
    return this.#service;
  }

  get subscriptions(): readonly Subscription[] {
    return this.#endpoints.map(({ subscription }) => subscription);
  }

  /** Topics in which the requests of stock clients are. */
  get stockTopics(): readonly string[] {
    return this.#stock?.topics ?? [];
  }

  serve(service: string, handler: RequestHandler, patterns: readonly string[]): void {
    const { host, outgoing } = this.#parts;
    this.#service = service;
    if (!this.#speaksNest) return;
    this.#stock = new StockRequests(patterns, handler, { ...host, outgoing, names: this.#settings.names });
  }

  subscribe(subscription: Subscription, subscriber: Subscriber): SubscriptionControl {
    const endpoint = new Endpoint(subscription, subscriber, this.#settings.names, this.#speaksNest);
    this.#endpoints.push(endpoint);
    return endpoint;
  }

  /**
   * Resolves when all is being taken.
   *
   * @param receive gets the requests for the service
   */
  async start(receive: (frame: Frame) => void): Promise<void> {
    const { cluster, topics, health, attempts } = this.#parts;
    if (this.#service !== undefined) {
      const topic = this.#settings.names.requests(this.#service);
      await attempts.until(() => topics.ensure([topic]));
      this.#requests = new Requests(this.#service, cluster, health, receive);
    }
    this.#consumers.push(...this.#consumersOf());
    const starts = this.#consumers.map((consumer) => attempts.until(() => consumer.start()));
    if (!attempts.ended) await Promise.all([this.#requests?.start(), ...starts]);
  }

  /** Takes no more; what is taken goes on. */
  async quiesce(): Promise<void> {
    for (const consumer of this.#consumers) consumer.quiesce();
    await this.#requests?.stop();
  }

  /** Notes how far it has come, and leaves the rest to others. */
  async stop(): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.stop()));
  }

  /** What waits for it at the brokers. */
  async lag(): Promise<Lag[]> {
    const groups = this.#consumers.filter((consumer) => consumer instanceof GroupEvents);
    const lags = [this.#requests, ...groups].map(async (group) => (await group?.lag()) ?? []);
    return (await Promise.all(lags)).flat();
  }

  get #speaksNest(): boolean {
    return this.#settings.wires.served;
  }

  get #settings(): Settings {
    return this.#parts.cluster.surroundings.settings;
  }

  #consumersOf(): (GroupEvents | Broadcasts)[] {
    const { cluster, topics, health, outgoing } = this.#parts;
    const byService = Map.groupBy(this.#endpoints, ({ subscription }) => subscription.service);
    const stock = this.stockTopics.length > 0 ? this.#stock : undefined;
    if (stock && this.#service !== undefined && !byService.has(this.#service))
      byService.set(this.#service, []);
    const consumers: (GroupEvents | Broadcasts)[] = [];
    for (const [service, theirs] of byService) {
      const requests = service === this.#service ? stock : undefined;
      const [shared = [], broadcast = []] = [false, true].map((one) =>
        theirs.filter(({ subscription }) => subscription.broadcast === one),
      );
      if (shared.length > 0 || requests)
        consumers.push(new GroupEvents(service, shared, cluster, topics, outgoing, health, requests));
      if (broadcast.length > 0) consumers.push(new Broadcasts(service, broadcast, cluster, topics, health));
    }
    return consumers;
  }
}
