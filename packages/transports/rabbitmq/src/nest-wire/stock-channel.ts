import { PayloadTooLarge, type RookeryError, type TransportHost } from '@rookery/core';
import type { Channel, ChannelModel, Message as AmqpMessage, Options } from 'amqplib';
import type { Link, Tenant } from '../connection/link.js';
import { REPLY_TO } from '../requests/frame-codec.js';
import type { Scope } from '../scope.js';
import { declareStockExchange, declareStockQueue } from './declare.js';
import type { NestServiceSettings } from './options.js';

/** A message on its way to a stock peer. */
export interface StockPost {
  readonly exchange: string;
  readonly routingKey: string;
  readonly content: Buffer;
  readonly options: Options.Publish;
  /** May have left this process. */
  sent: boolean;
  /** Called, later, when it is not sent because it cannot be. */
  refused(error: RookeryError): void;
}

/** Whom a stock channel works for. */
export interface StockChannelOwner {
  /** An answer to a request of this process. */
  answer(amqp: AmqpMessage): void;
  /** Nobody has the queue that a request was for. */
  returned(amqp: AmqpMessage): void;
  /** Answers on their way are lost. */
  interrupted(cause: RookeryError): void;
}

/**
 * Sends requests to stock services and answers to stock clients, and takes the answers to its own requests by direct reply-to.
 * What cannot be sent yet waits in its order.
 */
export class StockChannel implements Tenant {
  readonly #host: TransportHost;
  readonly #scope: Scope;
  readonly #link: Link;
  readonly #services: readonly NestServiceSettings[];
  readonly #owner: StockChannelOwner;
  #line: StockPost[] = [];
  readonly #hopeful: (() => void)[] = [];
  #channel: Channel | undefined;
  #full = false;

  /** @param services whose queues are declared as their stock clients do it */
  constructor(scope: Scope, link: Link, services: readonly NestServiceSettings[], owner: StockChannelOwner) {
    this.#host = scope.host;
    this.#scope = scope;
    this.#link = link;
    this.#services = services;
    this.#owner = owner;
    link.add(this);
  }

  /** How many messages wait. */
  get waiting(): number {
    return this.#line.length;
  }

  async move(model: ChannelModel): Promise<Channel> {
    const channel = await model.createChannel();
    const { declarations } = this.#scope;
    for (const { queue, queueOptions, exchange } of this.#services) {
      if (exchange) await declareStockExchange(channel, declarations, exchange);
      else if (queueOptions && declarations.creates)
        await declareStockQueue(model, channel, declarations, queue, queueOptions);
    }
    channel.on('return', (amqp) => this.#owner.returned(amqp));
    channel.on('drain', () => {
      this.#full = false;
      this.#flush();
    });
    await channel.consume(REPLY_TO, (amqp) => amqp && this.#owner.answer(amqp), { noAck: true });
    this.#channel = channel;
    this.#full = false;
    this.#flush();
    return channel;
  }

  evicted(cause: RookeryError): void {
    this.#channel = undefined;
    this.#scope.sizes.learn(cause.cause);
    this.#owner.interrupted(cause);
  }

  unblocked(): void {
    this.#flush();
  }

  post(post: StockPost): void {
    const large = this.#scope.sizes.refusal(post.content.length);
    if (large) this.#refuse(post, large);
    else if (this.#line.length === 0 && this.#roomy) this.#send(post);
    else this.#line.push(post);
  }

  /** Takes back what has not left. */
  withdraw(post: StockPost): void {
    this.#line = this.#line.filter((each) => each !== post);
  }

  /** Calls `next` once, later, when there is room for more. */
  whenRoomy(next: () => void): void {
    this.#hopeful.push(next);
    if (this.#hopeful.length === 1) this.#host.clock.defer(() => this.#flush());
  }

  get #roomy(): boolean {
    return this.#channel !== undefined && !this.#full && this.#link.blocked === undefined;
  }

  #flush(): void {
    let sent = 0;
    for (const post of this.#line) {
      if (!this.#roomy) break;
      this.#send(post);
      sent++;
    }
    this.#line.splice(0, sent);
    if (this.#roomy) for (const next of this.#hopeful.splice(0)) next();
  }

  #send(post: StockPost): void {
    post.sent = true;
    const { exchange, routingKey, content, options } = post;
    try {
      this.#full = this.#channel?.publish(exchange, routingKey, content, options) === false;
    } catch (cause) {
      // AMQP has limits of its own: 64 KiB for all headers of a message, 255 bytes for an id.
      const why = cause instanceof Error ? cause.message : String(cause);
      this.#refuse(post, new PayloadTooLarge(`the message cannot be written for AMQP: ${why}`, { cause }));
    }
  }

  #refuse(post: StockPost, error: RookeryError): void {
    post.sent = false;
    this.#host.clock.defer(() => post.refused(error));
  }
}
