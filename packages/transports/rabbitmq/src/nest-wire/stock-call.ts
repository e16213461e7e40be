import {
  ConnectionLost,
  failureOfStock,
  readReply,
  StreamOverflow,
  type Body,
  type Call,
  type Message,
  type ReplySink,
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

/** A request to a stock service, which gives values whether there is credit for them or not. */
export class StockCall implements Call {
  readonly id: string;
  readonly settings: NestServiceSettings;
  readonly #message: Message;
  readonly #owner: StockCallOwner;
  readonly #post: StockPost;
  #sink: ReplySink | undefined;
  #credit: number;
  readonly #values: Body[] = [];
  /** How the answer ends, once that is known. */
  #end: { readonly failure: string | undefined } | undefined;
  #giving = false;

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
    this.#credit = credit;
    this.#sink = sink;
    this.#owner = owner;
  }

  get sent(): boolean {
    return this.#post.sent;
  }

  credit(count: number): void {
    this.#credit += count;
    this.#give();
  }

  /** A stock service cannot be told: what it says from now on is thrown away. */
  cancel(): void {
    if (!this.#post.sent) this.#owner.withdraw(this.#post);
    this.#finish();
  }

  lost(error: ConstructorParameters<typeof ConnectionLost>[0] | Parameters<ReplySink['lost']>[0]): void {
    const sink = this.#finish();
    sink?.lost(typeof error === 'string' ? new ConnectionLost(error) : error);
  }

  answer(amqp: AmqpMessage): void {
    const { err, body, disposed } = readAnswer(amqp);
    const { pattern } = this.#message.envelope;
    if (err !== undefined) this.#end = { failure: failureOfStock(err, this.settings.service, pattern) };
    else {
      if (body !== undefined) this.#values.push(body);
      if (disposed) this.#end = { failure: undefined };
    }
    this.#give();
    if (this.#values.length <= MAX_HELD) return;
    const why = `${pattern} gave more than ${MAX_HELD} values ahead of its reader; a stock Nest server cannot be slowed`;
    this.lost(new StreamOverflow(`${why}: take the values faster, or ask for fewer`));
  }

  #give(): void {
    if (this.#giving) return; // a value that is given may bring credit for the next
    this.#giving = true;
    while (this.#sink && this.#values.length > 0 && this.#credit > 0) {
      this.#credit--;
      const value = this.#values.shift();
      const last = this.#values.length === 0 && this.#end !== undefined && this.#end.failure === undefined;
      const sink = last && value !== undefined ? this.#finish() : this.#sink;
      sink?.reply(value, last && value !== undefined);
    }
    this.#giving = false;
    const end = this.#end;
    if (!this.#sink || !end || this.#values.length > 0) return;
    const sink = this.#finish();
    if (end.failure === undefined) sink?.reply(undefined, true);
    else sink?.fail(end.failure);
  }

  #finish(): ReplySink | undefined {
    const sink = this.#sink;
    this.#sink = undefined;
    this.#values.length = 0;
    if (sink) this.#owner.ended(this);
    return sink;
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
