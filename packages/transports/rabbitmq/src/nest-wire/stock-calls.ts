import {
  ClientClosed,
  ConfigurationError,
  ConnectionLost,
  eventPacket,
  requestPacket,
  Unavailable,
  type Call,
  type Message,
  type ReplySink,
  type RookeryError,
} from '@rookery/core';
import type { Message as AmqpMessage } from 'amqplib';
import type { Destination } from '../events/outgoing-event.js';
import type { WrittenEvent } from '../events/cloud-event.js';
import { propertiesOf } from '../message/properties.js';
import { expirationOf, REPLY_TO } from '../requests/frame-codec.js';
import type { NestServiceSettings } from './options.js';
import { StockCall } from './stock-call.js';
import type { StockChannel, StockPost } from './stock-channel.js';
import { stockOptions } from './stock-message.js';

/** The requests of this process to stock services that have no end yet. */
export class StockCalls {
  readonly #prefix: string;
  readonly #calls = new Map<string, StockCall>();
  readonly #channel: () => StockChannel;
  #count = 0;

  /** @param replica makes the ids of calls its own */
  constructor(replica: string, channel: () => StockChannel) {
    this.#prefix = `${replica}/`;
    this.#channel = channel;
  }

  request(settings: NestServiceSettings, message: Message, credit: number, sink: ReplySink): Call {
    const id = this.#prefix + (this.#count++).toString(36);
    const post = this.#requestPost(settings, message, id);
    const call = new StockCall(id, settings, message, post, credit, sink, this);
    this.#calls.set(id, call);
    this.#channel().post(post);
    return call;
  }

  answer(amqp: AmqpMessage): void {
    const { correlationId } = propertiesOf(amqp);
    if (correlationId !== undefined) this.#calls.get(correlationId)?.answer(amqp);
  }

  returned(amqp: AmqpMessage): void {
    const { correlationId = '' } = propertiesOf(amqp);
    const call = this.#calls.get(correlationId);
    call?.lost(new Unavailable(`${nowhere(call.settings)}; the request was never handled`));
  }

  /** Ends those that may have left, because their answers are lost. */
  interrupted(cause: RookeryError): void {
    for (const call of [...this.#calls.values()])
      if (call.sent) call.lost(new ConnectionLost(`${cause.message}; the request may have been handled`));
  }

  close(): void {
    for (const call of [...this.#calls.values()])
      call.lost(new ClientClosed('the transport was closed while the call was under way'));
  }

  /** @internal */
  ended(call: StockCall): void {
    this.#calls.delete(call.id);
  }

  /** @internal */
  withdraw(post: StockPost): void {
    this.#channel().withdraw(post);
  }

  #requestPost(settings: NestServiceSettings, message: Message, id: string): StockPost {
    const { timeout } = message.envelope;
    const { persistent, headers } = settings;
    const options = stockOptions(message, headers, persistent);
    // A request that nobody waits for any more is not handled: the broker drops it by its own clock.
    const left = Math.min(timeout ?? Infinity, Number(options.expiration ?? Infinity));
    if (left !== Infinity) options.expiration = expirationOf(left);
    return {
      ...placeOf(settings, message),
      content: Buffer.from(requestPacket(message, id)),
      options: { ...options, correlationId: id, replyTo: REPLY_TO, mandatory: true },
      sent: false,
      refused: (error) => this.#calls.get(id)?.lost(error),
    };
  }
}

/** Why a stock service cannot have an upload. */
export function noUploads(service: string): ConfigurationError {
  return new ConfigurationError(
    `'${service}' speaks stock Nest's wire, which has no uploads: call it on Rookery's, or send the items one by one`,
  );
}

/** An event as a stock client emits it. */
export function stockEvent(settings: NestServiceSettings, message: Message): [WrittenEvent, Destination] {
  const options = stockOptions(message, settings.headers, settings.persistent);
  const missing = settings.exchange ? undefined : nowhere(settings);
  const content = Buffer.from(eventPacket(message));
  return [
    { content, options },
    { ...placeOf(settings, message), missing },
  ];
}

function placeOf({ queue, exchange }: NestServiceSettings, { envelope }: Message) {
  if (!exchange) return { exchange: '', routingKey: queue };
  return { exchange: exchange.name, routingKey: exchange.type === 'fanout' ? '' : envelope.pattern };
}

function nowhere({ service, queue, exchange }: NestServiceSettings): string {
  if (exchange) return `the exchange '${exchange.name}' of '${service}' leads to no queue for it`;
  return `'${service}' speaks stock Nest's wire, and its queue '${queue}' is not there: start it, or give its queueOptions`;
}
