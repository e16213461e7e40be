import type { MessageContext } from '@rookery/core';
import { RookeryContext } from '../rookery-context.js';

/** What amqplib has of a message, as far as handlers look at it. */
interface RmqMessage {
  readonly content: Buffer;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** What the RabbitMQ transport has of a message; nothing where another transport takes its place. */
interface Native {
  readonly channel: object;
  readonly message: RmqMessage;
}

/** Whose message it is that a handler settles: those that were asked for, until nobody has them any more. */
const owners = new WeakMap<object, MessageContext>();

/** By the channel that they stand for. */
const references = new WeakMap<object, object>();

/** Stands for the channel where there is none. */
const NO_CHANNEL = {};

/**
 * What `@Ctx()` gives on RabbitMQ: it also answers what Nest's own `RmqContext` answers. Whoever settles a message by hand
 * says what becomes of it, whatever the handler does afterwards.
 */
export class RookeryRmqContext extends RookeryContext {
  readonly #context: MessageContext;
  readonly #data: unknown;
  #message: RmqMessage | undefined;

  constructor(context: MessageContext, data: unknown, isEvent: boolean) {
    super(context, isEvent);
    this.#context = context;
    this.#data = data;
  }

  /** The message as amqplib has it. On Rookery's own wire its content is the data, on the stock wire `{ pattern, data }`. */
  getMessage(): RmqMessage {
    if (!this.#message) {
      this.#message = this.#native?.message ?? likeAmqp(this.#context, this.#data);
      owners.set(this.#message, this.#context);
    }
    return this.#message;
  }

  /**
   * The channel that the message came over. `ack`, `nack` and `reject` are Rookery's: an event is accepted, retried by its
   * schedule, or given up to the dead letters; on a request they have no effect. All else is the channel's own.
   */
  getChannelRef(): object {
    const channel = this.#native?.channel ?? NO_CHANNEL;
    let reference = references.get(channel);
    if (!reference) references.set(channel, (reference = new Proxy(channel, REFERENCE)));
    return reference;
  }

  /** As Nest's: the message, the channel, the pattern. */
  override getArgs(): [unknown, string, unknown] {
    return [this.getMessage(), this.getChannelRef(), this.getPattern()] as never;
  }

  override getArgByIndex<T = unknown>(index: number): T {
    return this.getArgs()[index] as T;
  }

  get #native(): Native | undefined {
    return this.#context.native as Native | undefined;
  }
}

const SETTLING: Readonly<Record<string, unknown>> = {
  ack: (message: object) => ownerOf(message).decide('accept'),
  nack: (message: object, _allUpTo?: boolean, requeue = true) =>
    ownerOf(message).decide(requeue ? 'retry' : 'reject'),
  reject: (message: object, requeue = true) => ownerOf(message).decide(requeue ? 'retry' : 'reject'),
  ackAll: () => {
    throw new Error('ackAll() would settle the messages of other handlers: ack() each of your own');
  },
  nackAll: () => {
    throw new Error('nackAll() would settle the messages of other handlers: nack() each of your own');
  },
};

const REFERENCE: ProxyHandler<object> = {
  get(channel, name) {
    if (typeof name === 'string' && Object.hasOwn(SETTLING, name)) return SETTLING[name];
    const value: unknown = Reflect.get(channel, name);
    return typeof value === 'function' ? (value.bind(channel) as unknown) : value;
  },
};

function ownerOf(message: object): MessageContext {
  const owner = owners.get(message);
  if (owner) return owner;
  throw new Error('this is no message of a handler: settle what context.getMessage() has given');
}

/** What RabbitMQ would have given, where another transport takes its place. */
function likeAmqp({ envelope, attempt }: MessageContext, data: unknown): RmqMessage {
  const { id, pattern, headers = {} } = envelope;
  return {
    content: Buffer.from(JSON.stringify(data) ?? ''),
    fields: { consumerTag: '', deliveryTag: 1, redelivered: attempt > 1, exchange: '', routingKey: pattern },
    properties: { messageId: id, correlationId: id, headers },
  };
}
