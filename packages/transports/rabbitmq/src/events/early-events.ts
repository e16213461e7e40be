import type { Channel, ChannelModel, Message as AmqpMessage } from 'amqplib';
import { routingKey } from '../names/routing-key.js';
import type { Scope } from '../scope.js';
import type { Item } from '../topology/items.js';
import { earlyEvents } from '../topology/of-events.js';
import { readEvent } from './cloud-event.js';
import { Forwarder } from './forwarder.js';
import type { Destination } from './outgoing-event.js';
import type { Publisher } from './publisher.js';

/** Hands what was sent to a service before it was there to its endpoints, now that they are. */
export class EarlyEvents extends Forwarder {
  readonly #scope: Scope;
  readonly #service: string;
  readonly queue: string;

  constructor(scope: Scope, service: string, publisher: Publisher) {
    super(publisher, scope.host);
    this.#scope = scope;
    this.#service = service;
    this.queue = scope.names.early(service);
  }

  get items(): Item[] {
    return earlyEvents(this.queue, this.#scope.settings.maxEvents);
  }

  protected async sources(_model: ChannelModel, channel: Channel): Promise<readonly string[]> {
    await this.#scope.declarations.make(channel, this.items);
    return [this.queue];
  }

  protected destination(amqp: AmqpMessage): Destination {
    const { pattern, slot } = readEvent(amqp).envelope;
    return {
      exchange: this.#scope.names.events,
      routingKey: routingKey(pattern, slot, this.#service),
    };
  }
}
