import type { Subscription } from '@rookery/core';
import type { Channel, ChannelModel } from 'amqplib';
import { granted } from '../connection/own-channel.js';
import { Forwarder } from '../events/forwarder.js';
import type { WrittenEvent } from '../events/cloud-event.js';
import { toQueue, type Confirmation } from '../events/outgoing-event.js';
import type { Publisher } from '../events/publisher.js';
import type { Scope } from '../scope.js';
import { slotQueues } from '../topology/of-events.js';

/**
 * Of an endpoint that is not ordered: if it ever was, the queues of its slots get no more events, and what is left in them goes to the
 * queue that it has now.
 */
export class FormerSlots extends Forwarder {
  readonly #scope: Scope;
  readonly #subscription: Subscription;
  /** That of the endpoint as it is now. */
  readonly #queue: string;

  constructor(scope: Scope, subscription: Subscription, queue: string, publisher: Publisher) {
    super(publisher, scope.host);
    this.#scope = scope;
    this.#subscription = subscription;
    this.#queue = queue;
  }

  protected async sources(model: ChannelModel, channel: Channel): Promise<readonly string[]> {
    const { declarations, names, settings, host } = this.#scope;
    const { service, endpoint } = this.#subscription;
    const ordered = names.allBatons(service, endpoint);
    if (!declarations.creates || !(await granted(model, 404, (own) => own.checkExchange(ordered)))) return [];
    const left: string[] = [];
    for (const { kind, name, properties } of slotQueues(names, this.#subscription, settings.maxEvents)) {
      if (kind === 'binding' && properties.source === names.events)
        await channel.unbindQueue(properties.queue, properties.source, properties.routingKey);
      if (kind === 'queue' && (await granted(model, 404, (own) => own.checkQueue(name)))) left.push(name);
    }
    host.logger.info(
      `${endpoint} of '${service}' was ordered: what is left in ${left.join(', ')} is handled without an order. ` +
        `Delete these queues and ${names.batons(service, endpoint)} when they are empty and no replica is ordered any more`,
    );
    return left;
  }

  protected store(event: WrittenEvent): Promise<Confirmation> {
    return this.publisher.publish(event, toQueue(this.#queue));
  }
}
