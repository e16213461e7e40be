import type { Channel, ChannelModel, Message as AmqpMessage } from 'amqplib';
import type { Table } from '../message/application-headers.js';
import { routingKey } from '../names/routing-key.js';
import type { Scope } from '../scope.js';
import type { Item } from '../topology/items.js';
import { heldEarlyEvents } from '../topology/of-events.js';
import { readEvent, type WrittenEvent } from './cloud-event.js';
import { TIERS } from './delay-tiers.js';
import { Forwarder } from './forwarder.js';
import { unstamped, WAIT } from './held.js';
import type { Confirmation } from './outgoing-event.js';
import type { Publisher } from './publisher.js';

/** Milliseconds until an event is looked at again for which the service has no handler; of one tier exactly, 25.6 s. */
const UNHANDLED_HOLD = TIERS[5] ?? Infinity;

/**
 * Hands what was sent to a service before it was there to its endpoints, now that they are. What the version that runs has no handler
 * for waits for the one that has.
 */
export class EarlyEvents extends Forwarder {
  readonly #scope: Scope;
  readonly #service: string;
  readonly #unhandled = new Set<string>();
  readonly queue: string;

  constructor(scope: Scope, service: string, publisher: Publisher) {
    super(publisher, scope.host);
    this.#scope = scope;
    this.#service = service;
    this.queue = scope.names.early(service);
  }

  get items(): Item[] {
    return heldEarlyEvents(this.#scope.names, this.queue);
  }

  protected async sources(_model: ChannelModel, channel: Channel): Promise<readonly string[]> {
    await this.#scope.declarations.make(channel, this.items);
    return [this.queue];
  }

  protected async store({ content, options }: WrittenEvent, amqp: AmqpMessage): Promise<Confirmation> {
    const { pattern, slot } = readEvent(amqp).envelope;
    const { [WAIT]: _waited, ...headers } = unstamped(options.headers as Table); // it was for this queue
    const event = { content, options: { ...options, headers } };
    const confirmation = await this.publisher.publish(event, {
      exchange: this.#scope.names.events,
      routingKey: routingKey(pattern, slot, this.#service),
      missing: `'${this.#service}' has no handler of ${pattern}`,
    });
    if (confirmation.status === 'stored' || !confirmation.unroutable) return confirmation;
    this.#sayUnhandled(pattern);
    return this.publisher.hold(event, this.queue, UNHANDLED_HOLD);
  }

  #sayUnhandled(pattern: string): void {
    if (this.#unhandled.has(pattern)) return;
    this.#unhandled.add(pattern);
    this.#scope.host.logger.warn(
      `an event ${pattern} was sent to '${this.#service}', which has no handler of it: it waits in ${this.queue} for a version that has`,
    );
  }
}
