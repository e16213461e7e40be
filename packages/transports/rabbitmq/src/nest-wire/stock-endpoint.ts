import type {
  Delivery,
  Message,
  Settlement,
  Subscriber,
  Subscription,
  SubscriptionControl,
  TransportHost,
} from '@rookery/core';
import type { Channel, Message as AmqpMessage } from 'amqplib';
import { writeEvent } from '../events/cloud-event.js';
import type { Endpoint } from '../events/endpoint-consumer.js';
import { TRIES } from '../events/held.js';
import { move } from '../events/move.js';
import { toQueue } from '../events/outgoing-event.js';
import type { Publisher } from '../events/publisher.js';
import type { Table } from '../message/application-headers.js';

/** Milliseconds, at most and at least, before an event goes back to the stock queue that could not be put off. */
const LONGEST_HOLD = 5_000;
const LEAST_HOLD = 25;

/** An event of the stock queue, which every endpoint that handles it settles for itself. */
export interface StockEvent {
  /** The stock queue. */
  readonly queue: string;
  readonly channel: Channel;
  readonly amqp: AmqpMessage;
  readonly message: Message;
  readonly attempt: number;
  /** One of its endpoints is done with it, or its own queue has it. */
  readonly done: () => void;
  /** Whether the broker waits for that; otherwise it gives it to another, or again. */
  readonly held: () => boolean;
  /** It goes back to the stock queue, for whoever takes it there. */
  readonly giveBack: () => void;
}

/** A try of one endpoint. */
class StockDelivery implements Delivery {
  readonly event: StockEvent;
  readonly native: unknown;
  readonly #endpoint: StockEndpoint;
  #settled = false;

  constructor(endpoint: StockEndpoint, event: StockEvent) {
    this.#endpoint = endpoint;
    this.event = event;
    // A message of its own, because endpoints settle it each for itself.
    this.native = { channel: event.channel, message: { ...event.amqp } };
  }

  get message(): Message {
    return this.event.message;
  }

  get attempt(): number {
    return this.event.attempt;
  }

  settle(settlement: Settlement): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#endpoint.settle(this.event, settlement);
  }
}

/**
 * One endpoint as it gets events of the stock queue: the first try is made straight from there, and what is to come again does so
 * from the endpoint's own queue. So does what comes while it is paused.
 */
export class StockEndpoint implements SubscriptionControl {
  readonly #own: Endpoint;
  readonly #host: TransportHost;
  readonly #subscription: Subscription;
  readonly #subscriber: Subscriber;
  readonly #publisher: Publisher;
  #waiting: StockEvent[] = [];
  #inHand = 0;
  /** What is on its way to the endpoint's own queue. */
  readonly #puttingOff = new Set<Promise<void>>();
  #paused = false;

  /** @param own takes from the endpoint's own queue */
  constructor(
    own: Endpoint,
    host: TransportHost,
    subscription: Subscription,
    subscriber: Subscriber,
    publisher: Publisher,
  ) {
    this.#own = own;
    this.#host = host;
    this.#subscription = subscription;
    this.#subscriber = subscriber;
    this.#publisher = publisher;
  }

  get patterns(): readonly string[] {
    return this.#subscription.patterns;
  }

  /** It cannot be given events of this replica's only: each replica, or the owner of the slot, has to get them. */
  get elsewhere(): boolean {
    return this.#subscription.broadcast || this.#subscription.ordered === true;
  }

  take(event: StockEvent): void {
    if (this.#paused) this.#putOff(event, 0, event.attempt - 1);
    else if (this.#inHand >= this.#subscription.concurrency) this.#waiting.push(event);
    else this.#begin(event);
  }

  pause(): void {
    this.#paused = true;
    this.#own.pause();
    for (const event of this.#waiting.splice(0)) this.take(event);
  }

  resume(deliveries?: number): void {
    // Some are let through to see whether it works again: those are taken from its own queue.
    this.#paused = deliveries !== undefined;
    this.#own.resume(deliveries);
  }

  /** Gives back what has not begun. */
  drain(): void {
    for (const event of this.#waiting.splice(0)) event.giveBack();
  }

  /** The channel is lost: the broker gives what has not begun to others. */
  evicted(): void {
    this.#waiting = [];
  }

  settle(event: StockEvent, settlement: Settlement): void {
    if (settlement.outcome !== 'retry') event.done();
    else {
      const tries = settlement.uncounted ? event.attempt - 1 : event.attempt;
      this.#putOff(event, settlement.after, tries);
    }
    this.#inHand--;
    const next = this.#waiting.shift();
    if (next) this.take(next);
  }

  #begin(event: StockEvent): void {
    this.#inHand++;
    this.#subscriber(new StockDelivery(this, event));
  }

  /** Resolves when what was put off is where it will come from. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#puttingOff);
  }

  /** Its own queue gets it, later; from then on it comes from there. */
  #putOff(event: StockEvent, ms: number, tries: number): void {
    const done = this.#toOwnQueue(event, ms, tries).finally(() => this.#puttingOff.delete(done));
    this.#puttingOff.add(done);
  }

  async #toOwnQueue(stock: StockEvent, ms: number, tries: number): Promise<void> {
    if (!stock.held()) return;
    const { queue: own } = this.#own;
    const store = () => {
      const event = writeEvent(stock.message);
      (event.options.headers as Table)[TRIES] = tries;
      return ms > 0 ? this.#publisher.hold(event, own, ms) : this.#publisher.publish(event, toQueue(own));
    };
    const { queue, held, done, giveBack } = stock;
    const pause = Math.min(Math.max(ms, LEAST_HOLD), LONGEST_HOLD);
    await move({ queue, store, held, done, giveBack, pause }, this.#host);
  }
}
