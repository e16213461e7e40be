import type { RookeryError, Subscriber, Subscription, Timer, TransportHost } from '@rookery/core';
import type { Channel, Message as AmqpMessage } from 'amqplib';
import type { Names } from '../names/names.js';
import { declareBroadcast } from './declare.js';
import { EndpointConsumer, TakenEvent } from './endpoint-consumer.js';

/**
 * A broadcast endpoint of this replica, with a queue of its own. What is to come again waits here, and takes up one of the
 * places of the endpoint; nobody else could have it.
 */
export class BroadcastEndpoint extends EndpointConsumer {
  readonly #maxEvents: number;
  readonly #held = new Set<Timer>();
  /** Came while nothing was wanted. */
  #unwanted: TakenEvent[] = [];

  constructor(
    host: TransportHost,
    names: Names,
    subscription: Subscription,
    subscriber: Subscriber,
    maxEvents: number,
  ) {
    const queue = names.broadcast(subscription.service, subscription.endpoint, host.replica);
    super(queue, host, names, subscription, subscriber);
    this.#maxEvents = maxEvents;
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

  protected declare(channel: Channel): Promise<void> {
    return declareBroadcast(channel, this.queue, this.#maxEvents);
  }

  protected attempt(): number {
    return 1;
  }

  protected later(taken: TakenEvent, ms: number, tries: number): void {
    const { channel, amqp } = taken;
    const timer = this.host.clock.after(ms, () => {
      this.#held.delete(timer);
      this.give(this.#again(channel, amqp, tries + 1));
    });
    this.#held.add(timer);
  }

  protected unwanted(taken: TakenEvent): void {
    this.#unwanted.push(taken);
  }

  #again(channel: Channel, amqp: AmqpMessage, attempt: number): TakenEvent {
    return new TakenEvent(this, channel, amqp, attempt);
  }

  #forget(): void {
    for (const timer of this.#held) timer.cancel();
    this.#held.clear();
    this.#unwanted = [];
  }
}
