import type { RookeryError } from '@rookery/core';
import type { Channel, ChannelModel, Message as AmqpMessage } from 'amqplib';
import type { Tenant } from '../connection/link.js';
import { routingKey } from '../names/routing-key.js';
import type { Scope } from '../scope.js';
import type { Item } from '../topology/items.js';
import { earlyEvents } from '../topology/of-events.js';
import { readEvent } from './cloud-event.js';
import type { Publisher } from './publisher.js';

/** How many are on their way at once. */
const PREFETCH = 32;

/** Hands what was sent to a service before it was there to its endpoints, now that they are. */
export class EarlyEvents implements Tenant {
  readonly #scope: Scope;
  readonly #service: string;
  readonly #publisher: Publisher;
  readonly queue: string;
  #channel: Channel | undefined;
  #consumer: string | undefined;
  #draining = false;

  constructor(scope: Scope, service: string, publisher: Publisher) {
    this.#scope = scope;
    this.#service = service;
    this.#publisher = publisher;
    this.queue = scope.names.early(service);
  }

  get items(): Item[] {
    return earlyEvents(this.queue, this.#scope.settings.maxEvents);
  }

  async move(model: ChannelModel): Promise<Channel> {
    const channel = await model.createChannel();
    this.#channel = channel;
    if (this.#draining) return channel;
    await this.#scope.declarations.make(channel, this.items);
    await channel.prefetch(PREFETCH);
    const { consumerTag } = await channel.consume(this.queue, (amqp) => void this.#forward(channel, amqp));
    this.#consumer = consumerTag;
    return channel;
  }

  evicted(_cause: RookeryError): void {
    this.#channel = undefined;
    this.#consumer = undefined;
  }

  async drain(): Promise<void> {
    this.#draining = true;
    const consumer = this.#consumer;
    this.#consumer = undefined;
    if (consumer !== undefined) await this.#channel?.cancel(consumer).catch(() => undefined); // lost, so nothing comes
  }

  async #forward(channel: Channel, amqp: AmqpMessage | null): Promise<void> {
    if (!amqp) {
      if (!this.#draining) void channel.close().catch(() => undefined);
      return;
    }
    const { content, properties } = amqp;
    const { pattern, slot } = readEvent(amqp).envelope;
    const event = {
      content,
      options: { ...properties, headers: properties.headers ?? {}, persistent: true },
    };
    const destination = {
      exchange: this.#scope.names.events,
      routingKey: routingKey(pattern, slot, this.#service),
    };
    const { status } = await this.#publisher.publish(event, destination);
    if (this.#channel !== channel) return;
    if (status === 'stored') channel.ack(amqp);
    else channel.nack(amqp, false, true);
  }
}
