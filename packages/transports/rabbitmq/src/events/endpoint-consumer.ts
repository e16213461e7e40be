import type {
  Delivery,
  Enrolled,
  Message,
  RookeryError,
  Settlement,
  Subscriber,
  Subscription,
  SubscriptionControl,
  TransportHost,
} from '@rookery/core';
import type { Channel, ChannelModel, Message as AmqpMessage } from 'amqplib';
import { closed } from '../connection/closed.js';
import type { Tenant } from '../connection/link.js';
import type { Source } from '../lag.js';
import type { Table } from '../message/application-headers.js';
import { propertiesOf } from '../message/properties.js';
import type { Scope } from '../scope.js';
import type { Item } from '../topology/items.js';
import { readEvent } from './cloud-event.js';
import { waitOf } from './held.js';
import { Receipts, type Receipt } from './receipts.js';

/** The most that AMQP can say. */
const MAX_PREFETCH = 65_535;

/** An event that was taken from the queue of an endpoint, until it is settled. */
export class TakenEvent implements Delivery, Enrolled<TakenEvent> {
  earlier: TakenEvent | undefined = undefined;
  later: TakenEvent | undefined = undefined;
  waits: (() => boolean) | undefined = undefined;
  readonly message: Message;
  readonly receipt: Receipt;
  readonly attempt: number;
  readonly #consumer: EndpointConsumer;
  #settled = false;

  constructor(consumer: EndpointConsumer, receipt: Receipt, attempt: number) {
    this.#consumer = consumer;
    this.receipt = receipt;
    this.attempt = attempt;
    this.message = readEvent(receipt.amqp);
  }

  get native(): unknown {
    const { amqp, receipts } = this.receipt;
    return { channel: receipts.channel, message: amqp };
  }

  get fencingToken(): number | undefined {
    return this.#consumer.fencingToken;
  }

  get revoked(): boolean {
    return this.#consumer.revokes(this);
  }

  settle(settlement: Settlement): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#consumer.settle(this, settlement);
  }
}

/** An endpoint, however it takes its events. */
export interface Endpoint extends SubscriptionControl {
  /** What is put here comes to it. */
  readonly queue: string;
}

/** Takes the events of one endpoint from its queue, no more at once than it wants. */
export abstract class EndpointConsumer implements Tenant, Endpoint {
  readonly queue: string;
  protected readonly scope: Scope;
  protected readonly host: TransportHost;
  protected readonly subscription: Subscription;
  readonly #subscriber: Subscriber;
  #channel: Channel | undefined;
  #receipts: Receipts | undefined;
  /** The tag of the present consumer; this side chooses it, so that it can be cancelled before the broker has answered. */
  #consumer: string | undefined;
  #consumers = 0;
  /** How many deliveries may begin. */
  #allowed = Infinity;
  #draining = false;
  #lastSent: number | undefined;

  constructor(queue: string, scope: Scope, subscription: Subscription, subscriber: Subscriber) {
    this.queue = queue;
    this.scope = scope;
    this.host = scope.host;
    this.subscription = subscription;
    this.#subscriber = subscriber;
  }

  /** What is asked of the broker to know how much waits. */
  get source(): Source {
    const { service, endpoint } = this.subscription;
    return { service, of: 'events', endpoint, queue: this.queue, lastSent: this.#lastSent };
  }

  /** See {@link Delivery.fencingToken}. */
  get fencingToken(): number | undefined {
    return undefined;
  }

  /** See {@link Delivery.revoked}. */
  revokes(taken: TakenEvent): boolean {
    return !this.holds(taken);
  }

  /** Its queue, and what binds it. */
  abstract get items(): Item[];

  /** Makes them, where that is wanted. */
  protected abstract declare(channel: Channel): Promise<void>;

  /** Which try it is. */
  protected abstract attempt(amqp: AmqpMessage, headers: Table): number;

  /** Gives the event again, after `ms` milliseconds at least; then it is settled at the broker. */
  protected abstract later(taken: TakenEvent, ms: number, tries: number): void;

  /** Came while nothing is wanted: it is to come to whoever wants it, as the same try. */
  protected abstract unwanted(taken: TakenEvent): void;

  async move(model: ChannelModel): Promise<Channel> {
    const channel = await model.createChannel();
    await this.declare(channel);
    this.#channel = channel;
    this.#receipts = new Receipts(channel);
    await this.#consume();
    return channel;
  }

  evicted(_cause?: RookeryError): void {
    this.#channel = undefined;
    this.#receipts?.end();
    this.#receipts = undefined;
    this.#consumer = undefined;
  }

  closing(): void {
    this.#receipts?.tell();
    this.#receipts?.end();
  }

  pause(): void {
    this.#allowed = 0;
    void this.#stop();
  }

  resume(deliveries = Infinity): void {
    this.#allowed = deliveries;
    void this.#stop();
    this.#consume().catch(() => undefined); // the channel is lost; on the next one it consumes again
  }

  /** Resolves when no more deliveries come; those that were taken may still be settled. */
  async drain(): Promise<void> {
    this.#draining = true;
    await this.#stop();
  }

  settle(taken: TakenEvent, settlement: Settlement): void {
    if (settlement.outcome !== 'retry') this.acknowledge(taken);
    else this.later(taken, settlement.after, settlement.uncounted ? taken.attempt - 1 : taken.attempt);
  }

  /** Hands it over, if it is wanted. */
  protected give(taken: TakenEvent): void {
    if (this.#allowed <= 0) {
      this.unwanted(taken);
      return;
    }
    this.#allowed--;
    if (this.#allowed <= 0) this.pause();
    this.#subscriber(taken);
  }

  /** Whether the broker waits for what becomes of it; otherwise it gives it to another, or again. */
  protected holds(taken: TakenEvent): boolean {
    return this.#receipts === taken.receipt.receipts;
  }

  protected acknowledge(taken: TakenEvent): void {
    if (this.holds(taken)) taken.receipt.receipts.acknowledge(taken.receipt);
  }

  /** It goes back to the queue; the broker counts that. */
  protected giveBack(taken: TakenEvent): void {
    if (this.holds(taken)) taken.receipt.receipts.giveBack(taken.receipt);
  }

  async #consume(): Promise<void> {
    const channel = this.#channel;
    const receipts = this.#receipts;
    if (!channel || !receipts || this.#draining || this.#allowed <= 0) return;
    const consumerTag = `${this.host.replica}-${++this.#consumers}`;
    this.#consumer = consumerTag;
    const consuming = [
      channel.prefetch(Math.min(this.subscription.concurrency, this.#allowed, MAX_PREFETCH)),
      channel.consume(this.queue, (amqp) => this.#take(receipts, amqp), { consumerTag }),
    ];
    await Promise.all(consuming);
  }

  async #stop(): Promise<void> {
    const consumer = this.#consumer;
    this.#consumer = undefined;
    if (consumer !== undefined) await this.#channel?.cancel(consumer).catch(() => undefined); // lost, so nothing comes
  }

  #take(receipts: Receipts, amqp: AmqpMessage | null): void {
    if (!amqp) {
      // Somebody has deleted the queue.
      if (!this.#draining) void closed(receipts.channel);
      return;
    }
    const { headers } = propertiesOf(amqp);
    const taken = new TakenEvent(this, receipts.take(amqp), this.attempt(amqp, headers));
    this.#lastSent = taken.message.envelope.time;
    const wait = waitOf(headers, this.host.clock);
    if (wait > 0) this.later(taken, wait, taken.attempt - 1);
    else this.give(taken);
  }
}
