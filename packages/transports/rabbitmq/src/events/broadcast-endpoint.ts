import type { RookeryError, Subscriber, Subscription, Timer } from '@rookery/core';
import type { Channel } from 'amqplib';
import type { Scope } from '../scope.js';
import { declareAll } from '../topology/declare.js';
import type { Item } from '../topology/items.js';
import { broadcastQueue } from '../topology/of-events.js';
import { EndpointConsumer, TakenEvent } from './endpoint-consumer.js';

/**
 * A broadcast endpoint of this replica, with a queue of its own. What is to come again waits here, and takes up one of the
 * places of the endpoint; nobody else could have it.
 */
export class BroadcastEndpoint extends EndpointConsumer {
  readonly #held = new Set<Timer>();
  /** Came while nothing was wanted. */
  #unwanted: TakenEvent[] = [];

  constructor(scope: Scope, subscription: Subscription, subscriber: Subscriber) {
    const { service, endpoint } = subscription;
    super(scope.names.broadcast(service, endpoint, scope.host.replica), scope, subscription, subscriber);
  }

  override evicted(cause: RookeryError): void {
    super.evicted(cause);
    this.#forget();
  }

  override async drain(): Promise<void> {
    await super.drain();
    this.#forget();
  }

  override resume(deliveries?: number): void {
    super.resume(deliveries);
    for (const taken of this.#unwanted.splice(0)) this.give(taken);
  }

  get items(): Item[] {
    const { names, settings } = this.scope;
    return broadcastQueue(names, this.queue, this.subscription, settings.maxEvents);
  }

  /** Nobody could have made it before: it is of this replica. */
  protected declare(channel: Channel): Promise<void> {
    return declareAll(channel, this.items);
  }

  protected attempt(): number {
    return 1;
  }

  protected later(taken: TakenEvent, ms: number, tries: number): void {
    const { receipt } = taken;
    const timer = this.host.clock.after(ms, () => {
      this.#held.delete(timer);
      this.give(new TakenEvent(this, receipt, tries + 1));
    });
    this.#held.add(timer);
  }

  protected unwanted(taken: TakenEvent): void {
    this.#unwanted.push(taken);
  }

  #forget(): void {
    for (const timer of this.#held) timer.cancel();
    this.#held.clear();
    this.#unwanted = [];
  }
}
