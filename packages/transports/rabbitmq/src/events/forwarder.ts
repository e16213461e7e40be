import type { RookeryError, TransportHost } from '@rookery/core';
import type { Channel, ChannelModel, Message as AmqpMessage } from 'amqplib';
import { closed } from '../connection/closed.js';
import { tell } from '../connection/tell.js';
import type { Tenant } from '../connection/link.js';
import type { WrittenEvent } from './cloud-event.js';
import { move } from './move.js';
import type { Confirmation } from './outgoing-event.js';
import type { Publisher } from './publisher.js';

/** How many are on their way at once, of each queue. */
const PREFETCH = 32;

/** Milliseconds until an event is tried again that could not be moved. */
const PAUSE = 1_000;

/** Moves events to where they belong, in their order: each is acknowledged once it is there. */
export abstract class Forwarder implements Tenant {
  protected readonly publisher: Publisher;
  readonly #host: TransportHost;
  #channel: Channel | undefined;
  #consumers: string[] = [];
  #draining = false;

  constructor(publisher: Publisher, host: TransportHost) {
    this.publisher = publisher;
    this.#host = host;
  }

  /** Sees to it that the queues are there which it takes events from, and names them. */
  protected abstract sources(model: ChannelModel, channel: Channel): Promise<readonly string[]>;

  /** Has an event stored where it belongs. */
  protected abstract store(event: WrittenEvent, amqp: AmqpMessage): Promise<Confirmation>;

  async move(model: ChannelModel): Promise<Channel> {
    const channel = await model.createChannel();
    this.#channel = channel;
    if (this.#draining) return channel;
    const sources = await this.sources(model, channel);
    await channel.prefetch(PREFETCH);
    for (const queue of sources) {
      const { consumerTag } = await channel.consume(queue, (amqp) => this.#take(channel, queue, amqp));
      this.#consumers.push(consumerTag);
    }
    return channel;
  }

  evicted(_cause: RookeryError): void {
    this.#channel = undefined;
    this.#consumers = [];
  }

  async drain(): Promise<void> {
    this.#draining = true;
    for (const consumer of this.#consumers.splice(0))
      await this.#channel?.cancel(consumer).catch(() => undefined); // lost, so nothing comes
  }

  #take(channel: Channel, queue: string, amqp: AmqpMessage | null): void {
    if (!amqp) {
      // Somebody has deleted the queue.
      if (!this.#draining) void closed(channel);
      return;
    }
    const { content, properties } = amqp;
    const options = { ...properties, headers: properties.headers ?? {}, persistent: true };
    const held = (): boolean => this.#channel === channel;
    const moved = {
      queue,
      store: () => this.store({ content, options }, amqp),
      held,
      done: () => tell(() => channel.ack(amqp)),
      giveBack: () => {
        if (held()) tell(() => channel.nack(amqp, false, true));
      },
      pause: PAUSE,
    };
    void move(moved, this.#host);
  }
}
