import { Roster, type Settlement, type Subscriber, type Subscription } from '@rookery/core';
import type { Channel, ChannelModel, Message as AmqpMessage } from 'amqplib';
import { closed } from '../connection/closed.js';
import { SharedEndpoint } from '../events/shared-endpoint.js';
import type { TakenEvent } from '../events/endpoint-consumer.js';
import { returnsOf, triesOf } from '../events/held.js';
import type { Publisher } from '../events/publisher.js';
import type { Table } from '../message/application-headers.js';
import type { Scope } from '../scope.js';
import type { Baton } from './batons.js';

/**
 * How often an event may come back from an owner without being counted as tried: most often it has only waited there, when the
 * slot was given up. One that kills each of its owners is counted in the end.
 */
const FREE_RETURNS = 16;

/** Milliseconds that events which are being handled have to finish when the slot is given up. */
const HANDOVER = 10_000;

/** Milliseconds to wait at most for what a former owner had to come back to the queue. */
const RETURN = 30_000;

/** Milliseconds between two looks at such a thing. */
const LOOK = 10;

/**
 * Takes the events of one slot of an ordered endpoint, in their order, as long as this replica has it.
 *
 * It never cancels its consumer, but ends the channel: when a consumer is cancelled, RabbitMQ puts what is on its way to it back at
 * once, before those that were delivered earlier and come back later; the end of a channel brings all back in their order.
 */
export class SlotConsumer extends SharedEndpoint {
  readonly #baton: Baton;
  readonly #taken = new Roster<TakenEvent>();
  /** Came while nothing was wanted, in their order. */
  #unwanted: TakenEvent[] = [];
  #channel: Channel | undefined;
  /** How many deliveries may begin. */
  #allowed = Infinity;
  #leaving = false;
  #gone = false;

  constructor(
    scope: Scope,
    subscription: Subscription,
    subscriber: Subscriber,
    publisher: Publisher,
    baton: Baton,
  ) {
    const { service, endpoint } = subscription;
    const queue = scope.names.slot(service, endpoint, baton.slot);
    super(scope, subscription, subscriber, publisher, queue);
    this.#baton = baton;
  }

  override get fencingToken(): number {
    return this.#baton.fencingToken;
  }

  override revokes(taken: TakenEvent): boolean {
    return this.#leaving || super.revokes(taken);
  }

  override async move(model: ChannelModel): Promise<Channel> {
    const channel = await super.move(model);
    this.#channel = channel;
    if (this.#gone) this.abandon();
    return channel;
  }

  override pause(): void {
    this.#allowed = 0;
  }

  override resume(deliveries = Infinity): void {
    this.#allowed = deliveries;
    for (const taken of this.#unwanted.splice(0)) this.give(taken);
  }

  override drain(): Promise<void> {
    this.#leaving = true;
    return Promise.resolve();
  }

  override settle(taken: TakenEvent, settlement: Settlement): void {
    // Its next try is the next owner's, in its place.
    if (this.#leaving && settlement.outcome === 'retry') return;
    this.#taken.delete(taken);
    super.settle(taken, settlement);
  }

  /**
   * Takes nothing more, lets finish what is being handled, and gives back all else, for the next owner to get in the same order.
   */
  async leave(): Promise<void> {
    this.#leaving = true;
    const { clock, logger } = this.host;
    const end = clock.now() + HANDOVER;
    while (this.#atWork > 0 && clock.now() < end && !this.#gone) await this.#pause();
    if (this.#atWork > 0 && !this.#gone)
      logger.warn(
        `${this.queue}: ${this.#atWork} events are still being handled after ${HANDOVER} ms; the slot goes to its next owner, who gets them too`,
      );
    this.abandon();
  }

  /** The slot is another's. The end of its channel gives back all that is not settled, in its order. */
  abandon(): void {
    this.#gone = true;
    const channel = this.#channel;
    this.#channel = undefined;
    this.closing();
    this.evicted();
    if (channel) void closed(channel);
  }

  override evicted(): void {
    super.evicted();
    this.#unwanted = [];
  }

  /** Nothing to make: it waits until all that a former owner had has come back, which may be later than his baton. */
  protected override async declare(channel: Channel): Promise<void> {
    const { clock, logger } = this.host;
    const end = clock.now() + RETURN;
    while (!this.#leaving && !this.#gone) {
      const { consumerCount } = await channel.checkQueue(this.queue);
      if (consumerCount === 0) return;
      if (clock.now() >= end) {
        logger.warn(
          `${this.queue} has another consumer, ${RETURN} ms after its slot has come here; the order may suffer`,
        );
        return;
      }
      await this.#pause();
    }
  }

  protected override attempt(_amqp: AmqpMessage, headers: Table): number {
    return triesOf(headers) + 1 + Math.max(0, returnsOf(headers) - FREE_RETURNS);
  }

  protected override give(taken: TakenEvent): void {
    if (this.#leaving || this.#gone || this.#allowed <= 0) {
      this.#unwanted.push(taken);
      return;
    }
    this.#allowed--;
    this.#taken.add(taken);
    super.give(taken);
  }

  /** How many events are being handled: not those that wait for one before them, or for their next try. */
  get #atWork(): number {
    return this.#taken.all().filter(({ waits }) => !waits?.()).length;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.host.clock.after(LOOK, resolve));
  }
}
