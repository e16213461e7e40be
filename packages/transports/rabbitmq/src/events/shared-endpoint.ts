import type { Subscriber, Subscription } from '@rookery/core';
import type { Channel, Message as AmqpMessage } from 'amqplib';
import type { Table } from '../message/application-headers.js';
import type { Scope } from '../scope.js';
import type { Item } from '../topology/items.js';
import { sharedEndpoint } from '../topology/of-events.js';
import { EndpointConsumer, type TakenEvent } from './endpoint-consumer.js';
import { attemptOf, TRIES } from './held.js';
import type { Publisher } from './publisher.js';

/** Milliseconds before an event goes back to its queue that could not be put into a delay tier. */
const LONGEST_HOLD = 5_000;

/** Milliseconds that an event is put off which nobody wants here: others may get it soon. */
const LEAST_HOLD = 25;

/** The endpoint that all replicas of a service share: one quorum queue, and delay tiers for what is to come again. */
export class SharedEndpoint extends EndpointConsumer {
  readonly #publisher: Publisher;

  constructor(scope: Scope, subscription: Subscription, subscriber: Subscriber, publisher: Publisher) {
    const { service, endpoint } = subscription;
    super(scope.names.endpoint(service, endpoint), scope, subscription, subscriber);
    this.#publisher = publisher;
  }

  get items(): Item[] {
    const { names, settings } = this.scope;
    const { service, patterns } = this.subscription;
    return sharedEndpoint(names, this.queue, service, patterns, settings.maxEvents);
  }

  protected declare(channel: Channel): Promise<void> {
    return this.scope.declarations.make(channel, this.items);
  }

  protected attempt(_amqp: AmqpMessage, headers: Table): number {
    return attemptOf(headers);
  }

  protected later(taken: TakenEvent, ms: number, tries: number): void {
    void this.#hold(taken, ms, tries);
  }

  protected unwanted(taken: TakenEvent): void {
    this.later(taken, LEAST_HOLD, taken.attempt - 1);
  }

  /** Acknowledged once the tier has it: whoever dies in between leaves two, not none. */
  async #hold(taken: TakenEvent, ms: number, tries: number): Promise<void> {
    if (!this.holds(taken)) return;
    const { content, properties } = taken.receipt.amqp;
    const headers: Table = { ...properties.headers, [TRIES]: tries };
    for (const name of BROKERS) delete headers[name];
    // The tier changes the routing key and the delivery, from which these may have been taken.
    const { id: messageId, pattern: type } = taken.message.envelope;
    const event = { content, options: { ...properties, messageId, type, headers, persistent: true } };
    const confirmation = await this.#publisher.hold(event, this.queue, ms);
    if (confirmation.status === 'stored') {
      this.acknowledge(taken);
      return;
    }
    const { message } = confirmation.error;
    this.host.logger.warn(
      `an event of ${this.queue} could not be put off, and goes back to its queue: ${message}`,
    );
    if (this.holds(taken)) this.host.clock.after(Math.min(ms, LONGEST_HOLD), () => this.giveBack(taken));
  }
}

/** What RabbitMQ writes itself, anew in each queue. */
const BROKERS = [
  'x-death',
  'x-first-death-exchange',
  'x-first-death-queue',
  'x-first-death-reason',
  'x-delivery-count',
];
