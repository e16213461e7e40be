import {
  encodeFailure,
  NoHandler,
  PatternTable,
  Unavailable,
  type Clock,
  type IncomingPacket,
  type Logger,
  type RequestHandler,
  type RookeryError,
} from '@rookery/core';
import type { Channel, ChannelModel, Message as AmqpMessage } from 'amqplib';
import { closed } from '../connection/closed.js';
import { tell } from '../connection/tell.js';
import type { Tenant } from '../connection/link.js';
import { attemptOf } from '../events/held.js';
import { move } from '../events/move.js';
import { publishOne } from '../events/publish-one.js';
import type { Publisher } from '../events/publisher.js';
import { propertiesOf } from '../message/properties.js';
import type { Scope } from '../scope.js';
import { stockBindings } from './bindings.js';
import { declareStockExchange, declareStockQueue, isThere } from './declare.js';
import type { NestServerSettings } from './options.js';
import type { StockChannel } from './stock-channel.js';
import type { StockEndpoint, StockEvent } from './stock-endpoint.js';
import { readStockPacket, stockMessageOf } from './stock-message.js';
import { StockRequest, STOCK_WINDOW } from './stock-request.js';

/** How many patterns that nobody handles are named in the log; of the others nothing is said. */
const MAX_NAMED = 1_000;

/** Who serves. */
export interface StockService {
  readonly service: string;
  readonly settings: NestServerSettings;
  /** The patterns of its requests. */
  readonly patterns: readonly string[];
  /** `undefined` while no requests are served. */
  readonly handler: RequestHandler | undefined;
  readonly endpoints: readonly StockEndpoint[];
}

/**
 * Takes what stock clients send to the queue of a service, beside other replicas of it, stock ones among them. A request is
 * acknowledged when it is handed over; an event when all its endpoints are done with it, or have it in their own queues.
 */
export class StockQueue implements Tenant {
  readonly #scope: Scope;
  readonly #served: StockService;
  readonly #publisher: Publisher;
  readonly #endpoints = new PatternTable<StockEndpoint>();
  readonly #named = new Set<string>();
  readonly answers: StockChannel;
  readonly clock: Clock;
  readonly logger: Logger;
  #channel: Channel | undefined;
  #model: ChannelModel | undefined;
  #consumer: string | undefined;
  #draining = false;
  #count = 0;

  constructor(scope: Scope, served: StockService, publisher: Publisher, answers: StockChannel) {
    this.#scope = scope;
    this.#served = served;
    this.#publisher = publisher;
    this.answers = answers;
    this.clock = scope.host.clock;
    this.logger = scope.host.logger;
    for (const endpoint of served.endpoints)
      for (const pattern of endpoint.patterns) this.#endpoints.add(pattern, endpoint);
  }

  /** Its name; the broker chooses an empty one. */
  get queue(): string {
    return this.#served.settings.queue ?? this.#served.service;
  }

  async move(model: ChannelModel): Promise<Channel> {
    const channel = await model.createChannel();
    this.#channel = channel;
    this.#model = model;
    if (this.#draining) return channel;
    const { settings, patterns, endpoints } = this.#served;
    const { declarations } = this.#scope;
    const queue = settings.noAssert
      ? this.queue
      : await declareStockQueue(model, channel, declarations, this.queue, settings.queueOptions);
    const exchange = settings.exchangeOf(queue);
    if (exchange) {
      await declareStockExchange(channel, declarations, exchange);
      const all = [...patterns, ...endpoints.flatMap((endpoint) => endpoint.patterns)];
      for (const key of stockBindings(settings, exchange, all))
        if (declarations.creates) await channel.bindQueue(queue, exchange.name, key);
    }
    await channel.prefetch(settings.prefetchCount);
    const { consumerTag } = await channel.consume(queue, (amqp) => this.#take(channel, amqp));
    this.#consumer = consumerTag;
    return channel;
  }

  evicted(_cause: RookeryError): void {
    this.#channel = undefined;
    this.#model = undefined;
    this.#consumer = undefined;
    for (const endpoint of this.#served.endpoints) endpoint.evicted();
  }

  /** Resolves when nothing more comes; what has not begun goes back. */
  async drain(): Promise<void> {
    this.#draining = true;
    const consumer = this.#consumer;
    this.#consumer = undefined;
    if (consumer !== undefined) await this.#channel?.cancel(consumer).catch(() => undefined); // lost, so nothing comes
    for (const endpoint of this.#served.endpoints) endpoint.drain();
  }

  /**
   * Whether answers to this address reach anybody; what cannot be known counts as so. It is asked on the connection that
   * answers do not go over, behind which the question would wait.
   */
  async reaches(replyTo: string): Promise<boolean> {
    const model = this.#model;
    if (!model) return true;
    return isThere(model, replyTo).catch(() => true);
  }

  #take(channel: Channel, amqp: AmqpMessage | null): void {
    if (!amqp) {
      // Somebody has deleted the queue.
      if (!this.#draining) void closed(channel);
      return;
    }
    let packet: IncomingPacket;
    try {
      packet = readStockPacket(amqp);
    } catch (error) {
      this.logger.warn(
        `what is no message of Nest's was rejected in the queue '${this.queue}': ${String(error)}`,
      );
      channel.nack(amqp, false, false);
      return;
    }
    const { pattern } = packet;
    if (packet.id !== undefined) this.#request(channel, amqp, packet, packet.id);
    else if (pattern !== undefined) this.#event(channel, amqp, { ...packet, pattern });
    else this.#unhandled(channel, amqp, 'without a pattern');
  }

  #request(channel: Channel, amqp: AmqpMessage, packet: IncomingPacket, id: string): void {
    const { handler } = this.#served;
    const { pattern } = packet;
    if (this.#draining) {
      channel.nack(amqp, false, true);
      return;
    }
    channel.ack(amqp);
    const request = new StockRequest(channel, amqp, id, this);
    if (handler && pattern !== undefined) {
      const name = id.startsWith('"') ? (JSON.parse(id) as string) : id;
      const message = stockMessageOf(amqp, { ...packet, pattern }, { id: name });
      request.attach(handler(message, STOCK_WINDOW, request));
    } else {
      const error = handler
        ? new NoHandler('such a pattern: no requests are served here')
        : new Unavailable('no requests are served here');
      request.fail(encodeFailure(error, false));
    }
  }

  #event(channel: Channel, amqp: AmqpMessage, packet: IncomingPacket & { readonly pattern: string }): void {
    const { pattern } = packet;
    const endpoints = this.#endpoints.match(pattern);
    if (endpoints.length === 0) {
      this.#unhandled(channel, amqp, pattern);
      return;
    }
    const { messageId, headers } = propertiesOf(amqp);
    const { host } = this.#scope;
    const id = messageId ?? `${host.replica}-${(this.#count++).toString(36)}`;
    const message = stockMessageOf(amqp, packet, { id, time: host.clock.epoch() });
    let open = endpoints.length;
    const event: StockEvent = {
      queue: this.queue,
      channel,
      amqp,
      message,
      attempt: attemptOf(headers),
      done: () => {
        if (--open === 0 && this.#channel === channel) tell(() => channel.ack(amqp));
      },
      held: () => open > 0 && this.#channel === channel,
      giveBack: () => {
        if (event.held()) tell(() => channel.nack(amqp, false, true));
        open = -1;
      },
    };
    if (endpoints.some(({ elsewhere }) => elsewhere)) this.#forward(event);
    else for (const endpoint of endpoints) endpoint.take(event);
  }

  /** To the queues of all its endpoints; then it is as if it had been published on Rookery's own wire. */
  #forward({ channel, amqp, message, held, giveBack }: StockEvent): void {
    const { service } = this.#served;
    const moved = {
      queue: this.queue,
      store: () => publishOne({ message, to: service }, this.#publisher, this.#scope),
      held,
      done: () => tell(() => channel.ack(amqp)),
      giveBack,
      pause: 1_000,
    };
    void move(moved, this.#scope.host);
  }

  /** As stock Nest has it: where the queue has a dead-letter exchange, it goes there. */
  #unhandled(channel: Channel, amqp: AmqpMessage, pattern: string): void {
    channel.nack(amqp, false, false);
    if (this.#named.has(pattern) || this.#named.size >= MAX_NAMED) return;
    this.#named.add(pattern);
    this.logger.warn(
      `'${this.#served.service}' has no handler for the event ${pattern}; it was rejected in '${this.queue}'`,
    );
  }
}
