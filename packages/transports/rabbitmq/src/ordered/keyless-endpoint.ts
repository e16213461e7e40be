import { slotOf } from '@rookery/core';
import type { Channel } from 'amqplib';
import type { TakenEvent } from '../events/endpoint-consumer.js';
import { toQueue } from '../events/outgoing-event.js';
import { SharedEndpoint } from '../events/shared-endpoint.js';
import { slotWord } from '../names/routing-key.js';
import type { Item } from '../topology/items.js';
import { endpointQueue, subscriptions } from '../topology/of-events.js';

/** Milliseconds until an event with a key is tried again that could not be put into the queue of its slot. */
const PAUSE = 1_000;

/**
 * The events of an ordered endpoint that have no key: replicas share them. The queue is the one that all events of the endpoint are
 * in while it is not ordered; those with a key that are left in it go to the queues of their slots.
 */
export class KeylessEndpoint extends SharedEndpoint {
  override get items(): Item[] {
    const { names, settings } = this.scope;
    return endpointQueue(names, this.queue, this.subscription, settings.maxEvents, slotWord(undefined));
  }

  protected override async declare(channel: Channel): Promise<void> {
    await super.declare(channel);
    if (!this.scope.declarations.creates) return;
    const { service, patterns } = this.subscription;
    // The queues of the slots get them by now: better twice than not at all.
    for (const { properties } of subscriptions(this.scope.names, this.queue, service, patterns))
      await channel.unbindQueue(properties.queue, properties.source, properties.routingKey);
  }

  protected override give(taken: TakenEvent): void {
    const { key } = taken.message.envelope;
    if (key === undefined) {
      super.give(taken);
      return;
    }
    const { service, endpoint } = this.subscription;
    const queue = this.scope.names.slot(service, endpoint, slotOf(key));
    this.pass(taken, taken.attempt - 1, PAUSE, (event) => this.publisher.publish(event, toQueue(queue)));
  }
}
