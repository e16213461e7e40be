import {
  failureOfStock,
  readReply,
  StreamOverflow,
  UnpacedReply,
  type Call,
  type Message,
  type ReplySink,
  type RookeryError,
} from '@rookery/core';
import type { Message as AmqpMessage } from 'amqplib';
import type { NestServiceSettings } from './options.js';
import type { StockPost } from './stock-channel.js';

/** How many values of one answer are kept for a reader who has not asked for them. */
const MAX_HELD = 10_000;

/** What a call tells those who know it. */
interface StockCallOwner {
  ended(call: StockCall): void;
  withdraw(post: StockPost): void;
}

/** A request to a stock service. */
export class StockCall implements Call {
  readonly id: string;
  readonly settings: NestServiceSettings;
  readonly #message: Message;
  readonly #owner: StockCallOwner;
  readonly #post: StockPost;
  readonly #sink: ReplySink;
  readonly #reply: UnpacedReply;

  constructor(
    id: string,
    settings: NestServiceSettings,
    message: Message,
    post: StockPost,
    credit: number,
    sink: ReplySink,
    owner: StockCallOwner,
  ) {
    this.id = id;
    this.settings = settings;
    this.#message = message;
    this.#post = post;
    this.#sink = sink;
    this.#reply = new UnpacedReply(sink, credit, () => owner.ended(this));
    this.#owner = owner;
  }

  get sent(): boolean {
    return this.#post.sent;
  }

  credit(count: number): void {
    this.#reply.credit(count);
  }

  /** A stock service cannot be told: what it says from now on is thrown away. */
  cancel(): void {
    if (!this.#post.sent) this.#owner.withdraw(this.#post);
    if (this.#reply.stop()) this.#owner.ended(this);
  }

  lost(error: RookeryError): void {
    if (!this.#reply.stop()) return;
    this.#owner.ended(this);
    this.#sink.lost(error);
  }

  answer(amqp: AmqpMessage): void {
    const { err, body, disposed } = readAnswer(amqp);
    const { pattern } = this.#message.envelope;
    if (err !== undefined) this.#reply.fail(failureOfStock(err, this.settings.service, pattern));
    else if (body !== undefined || disposed) this.#reply.reply(body, disposed);
    if (this.#reply.held <= MAX_HELD) return;
    const why = `${pattern} gave more than ${MAX_HELD} values ahead of its reader; a stock Nest server cannot be slowed`;
    this.lost(new StreamOverflow(`${why}: take the values faster, or ask for fewer`));
  }
}

/** What is no packet of Nest's is, as a whole, the answer; as stock clients have it. */
function readAnswer({ content }: AmqpMessage): ReturnType<typeof readReply> {
  const text = content.toString('utf8');
  try {
    const packet: unknown = JSON.parse(text);
    if (typeof packet === 'object' && packet !== null && !Array.isArray(packet)) return readReply(packet);
    return { id: undefined, err: undefined, body: text, disposed: true };
  } catch {
    return { id: undefined, err: undefined, body: JSON.stringify(text), disposed: true };
  }
}
