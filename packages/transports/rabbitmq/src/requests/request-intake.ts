import type { RookeryError } from '@rookery/core';
import type { Channel, ChannelModel, Message as AmqpMessage } from 'amqplib';
import { closed } from '../connection/closed.js';
import { tell } from '../connection/tell.js';
import type { Tenant } from '../connection/link.js';
import type { Scope } from '../scope.js';
import { requests } from '../topology/of-requests.js';
import { receiveFrame, type FrameReceiver } from './frame-receiver.js';

/**
 * Takes the requests for a service, and what is meant for this replica alone. A request is acknowledged when it is handed
 * over, so it is handled once at most; until then others may get it, and the broker has no more than `prefetch` on the way.
 */
export class RequestIntake implements Tenant {
  readonly #scope: Scope;
  readonly #inbox: string;
  readonly #queue: string;
  readonly #receiver: FrameReceiver;
  #channel: Channel | undefined;
  #consumer: string | undefined;
  #draining = false;
  /** The last that was handed over and is not acknowledged yet. */
  #taken: AmqpMessage | undefined;

  constructor(scope: Scope, service: string, receiver: FrameReceiver) {
    const { host, names } = scope;
    this.#scope = scope;
    this.#inbox = names.inbox(host.replica);
    this.#queue = names.requests(service);
    this.#receiver = receiver;
  }

  async move(model: ChannelModel): Promise<Channel> {
    const channel = await model.createChannel();
    this.#taken = undefined;
    await channel.assertQueue(this.#inbox, { exclusive: true, autoDelete: true, durable: false });
    await channel.consume(this.#inbox, (message) => this.#receive(channel, message), { noAck: true });
    this.#channel = channel;
    if (this.#draining) return channel;
    await this.#scope.declarations.make(channel, requests(this.#queue));
    await channel.prefetch(this.#scope.settings.prefetch);
    const { consumerTag } = await channel.consume(this.#queue, (message) => this.#take(channel, message));
    this.#consumer = consumerTag;
    return channel;
  }

  evicted(cause: RookeryError): void {
    this.#channel = undefined;
    this.#consumer = undefined;
    this.#receiver.interrupted(cause);
  }

  /** Resolves when no more requests come; frames for this replica still do. */
  async drain(): Promise<void> {
    this.#draining = true;
    const consumer = this.#consumer;
    this.#consumer = undefined;
    if (consumer !== undefined) await this.#channel?.cancel(consumer).catch(() => undefined); // lost, so nothing comes
  }

  #take(channel: Channel, message: AmqpMessage | null): void {
    if (!message) {
      // Somebody has deleted the queue.
      if (!this.#draining) void closed(channel);
      return;
    }
    // Before what is answered in this turn: who has an answer may take it that nobody else is given the request.
    if (!this.#taken) process.nextTick(() => this.#acknowledge(channel));
    this.#taken = message;
    this.#receive(channel, message);
  }

  /** All that came in one turn at once. */
  #acknowledge(channel: Channel): void {
    const last = this.#taken;
    this.#taken = undefined;
    if (last && this.#channel === channel) tell(() => channel.ack(last, true));
  }

  #receive(channel: Channel, message: AmqpMessage | null): void {
    receiveFrame(message, this.#scope, this.#receiver, channel);
  }
}
