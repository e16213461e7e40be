import {
  encodeFailure,
  failurePacket,
  replyPacket,
  stockFailure,
  type Body,
  type Clock,
  type Logger,
  type Responder,
  type RookeryError,
  type ServerCall,
  type Timer,
} from '@rookery/core';
import type { Channel, Message as AmqpMessage } from 'amqplib';
import { propertiesOf } from '../message/properties.js';
import type { StockChannel } from './stock-channel.js';

/** How many values of a stream may be on their way; the next ones are asked for when there is room again. */
export const STOCK_WINDOW = 64;

/** Milliseconds between two questions whether the caller of a stream is still there. */
const LOOK_INTERVAL = 5_000;

/** Whom a request belongs to. */
interface StockRequestOwner {
  readonly answers: StockChannel;
  readonly clock: Clock;
  readonly logger: Logger;
  reaches(replyTo: string): Promise<boolean>;
}

/** A request of a stock client. It gives no credit and says nothing when it goes, so that those who read streams are looked for. */
export class StockRequest implements Responder {
  readonly native: { readonly channel: Channel; readonly message: AmqpMessage };
  readonly #owner: StockRequestOwner;
  readonly #replyTo: string;
  readonly #correlationId: string;
  /** As JSON. */
  readonly #id: string;
  #work: ServerCall | undefined;
  #ended = false;
  /** Runs while the answer is a stream. */
  #look: Timer | undefined;
  /** How many values have been handed over for which no others were asked. */
  #owed = 0;

  constructor(channel: Channel, message: AmqpMessage, id: string, owner: StockRequestOwner) {
    this.native = { channel, message };
    const { replyTo = '', correlationId = '' } = propertiesOf(message);
    this.#replyTo = replyTo;
    this.#correlationId = correlationId;
    this.#id = id;
    this.#owner = owner;
  }

  /** Ties it to the handler's work. */
  attach(work: ServerCall): void {
    if (!this.#ended) this.#work = work;
  }

  reply(body: Body, last: boolean): void {
    if (this.#ended) return;
    if (!last && !this.#look) this.#lookLater();
    this.#send(replyPacket(undefined, body, last));
    if (last) this.#end();
    else if (++this.#owed === 1) this.#owner.answers.whenRoomy(() => this.#more());
  }

  fail(failure: string): void {
    if (this.#ended) return;
    this.#sendFailure(failure);
    this.#end();
  }

  /** An answer that cannot be sent ends the request, on both sides. */
  #refused(error: RookeryError): void {
    const work = this.#work;
    this.#end();
    work?.cancel();
    this.#sendFailure(encodeFailure(error, false));
  }

  #sendFailure(failure: string): void {
    const { fields, hidden } = stockFailure(failure);
    if (hidden !== undefined) this.#owner.logger.debug(`not told to a stock client: ${hidden}`);
    this.#send(failurePacket(fields.isDisposed ? undefined : this.#id, fields), ({ message }) =>
      this.#owner.logger.error(`a stock client cannot be told why its request failed: ${message}`),
    );
  }

  #lookLater(): void {
    this.#look = this.#owner.clock.after(LOOK_INTERVAL, () => void this.#lookForCaller());
  }

  async #lookForCaller(): Promise<void> {
    const there = await this.#owner.reaches(this.#replyTo);
    if (this.#ended) return;
    if (there) {
      this.#lookLater();
      return;
    }
    const work = this.#work;
    this.#end();
    work?.cancel();
  }

  #more(): void {
    const owed = this.#owed;
    this.#owed = 0;
    this.#work?.credit(owed);
  }

  #send(json: string, refused = (error: RookeryError): void => this.#refused(error)): void {
    const { answers } = this.#owner;
    const options = { correlationId: this.#correlationId };
    const content = Buffer.from(json);
    answers.post({ exchange: '', routingKey: this.#replyTo, content, options, sent: false, refused });
  }

  #end(): void {
    this.#ended = true;
    this.#work = undefined;
    this.#look?.cancel();
  }
}
