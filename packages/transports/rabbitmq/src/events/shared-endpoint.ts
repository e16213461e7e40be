import type { Subscriber, Subscription } from '@rookery/core';
import type { Channel, Message as AmqpMessage } from 'amqplib';
import type { Table } from '../message/application-headers.js';
import type { Scope } from '../scope.js';
import type { Item } from '../topology/items.js';
import { endpointQueue } from '../topology/of-events.js';
import type { WrittenEvent } from './cloud-event.js';
import { EndpointConsumer, type TakenEvent } from './endpoint-consumer.js';
import { attemptOf, TRIES, unstamped } from './held.js';
import { move } from './move.js';
import type { Confirmation } from './outgoing-event.js';
import type { Publisher } from './publisher.js';

/** Milliseconds before an event goes back to its queue that could not be put into a delay tier. */
const LONGEST_HOLD = 5_000;

/** Milliseconds that an event is put off which nobody wants here: others may get it soon. */
const LEAST_HOLD = 25;

/** The endpoint that all replicas of a service share: one quorum queue, and delay tiers for what is to come again. */
export class SharedEndpoint extends EndpointConsumer {
  protected readonly publisher: Publisher;

  /** @param queue the queue of all its events when left out */
  constructor(
    scope: Scope,
    subscription: Subscription,
    subscriber: Subscriber,
    publisher: Publisher,
    queue = scope.names.endpoint(subscription.service, subscription.endpoint),
  ) {
    super(queue, scope, subscription, subscriber);
    this.publisher = publisher;
  }

  get items(): Item[] {
    const { names, settings } = this.scope;
    return endpointQueue(names, this.queue, this.subscription, settings.maxEvents);
  }

  protected declare(channel: Channel): Promise<void> {
    return this.scope.declarations.make(channel, this.items);
  }

  protected attempt(_amqp: AmqpMessage, headers: Table): number {
    return attemptOf(headers);
  }

  protected later(taken: TakenEvent, ms: number, tries: number): void {
    this.pass(taken, tries, ms, (event) => this.publisher.hold(event, this.queue, ms));
  }

  protected unwanted(taken: TakenEvent): void {
    this.later(taken, LEAST_HOLD, taken.attempt - 1);
  }

  /**
   * Has the event be stored elsewhere.
   *
   * @param ms milliseconds until it goes back to its queue if that fails
   */
  protected pass(
    taken: TakenEvent,
    tries: number,
    ms: number,
    store: (event: WrittenEvent) => Promise<Confirmation>,
  ): void {
    if (!this.holds(taken)) return;
    const { content, properties } = taken.receipt.amqp;
    const headers = { ...unstamped(properties.headers), [TRIES]: tries };
    // On its way the routing key and the delivery change, from which these may have been taken.
    const { id: messageId, pattern: type } = taken.message.envelope;
    const event = { content, options: { ...properties, messageId, type, headers, persistent: true } };
    const moved = {
      queue: this.queue,
      store: () => store(event),
      held: () => this.holds(taken),
      done: () => this.acknowledge(taken),
      giveBack: () => this.giveBack(taken),
      pause: Math.min(ms, LONGEST_HOLD),
    };
    void move(moved, this.host);
  }
}
