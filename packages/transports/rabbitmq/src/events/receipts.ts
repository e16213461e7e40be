import { Roster, type Enrolled } from '@rookery/core';
import type { Channel, Message as AmqpMessage } from 'amqplib';
import { tell } from '../connection/tell.js';

/** A delivery that the broker waits to hear of. */
export class Receipt implements Enrolled<Receipt> {
  earlier: Receipt | undefined = undefined;
  later: Receipt | undefined = undefined;
  readonly amqp: AmqpMessage;
  readonly receipts: Receipts;

  constructor(amqp: AmqpMessage, receipts: Receipts) {
    this.amqp = amqp;
    this.receipts = receipts;
  }

  /** They rise along a channel. */
  get tag(): number {
    return this.amqp.fields.deliveryTag;
  }
}

/**
 * The deliveries of one channel that the broker waits to hear of. Those that are acknowledged in one turn are told together as far as
 * none before them is still open: for the broker, each word is an entry in the log of its queue.
 */
export class Receipts {
  readonly channel: Channel;
  readonly #open = new Roster<Receipt>();
  #acknowledged: Receipt[] = [];
  #ended = false;

  constructor(channel: Channel) {
    this.channel = channel;
  }

  /** Deliveries have to come in their order. */
  take(amqp: AmqpMessage): Receipt {
    const receipt = new Receipt(amqp, this);
    this.#open.add(receipt);
    return receipt;
  }

  acknowledge(receipt: Receipt): void {
    this.#open.delete(receipt);
    if (this.#acknowledged.length === 0) setImmediate(() => this.tell());
    this.#acknowledged.push(receipt);
  }

  /** It goes back to the queue. */
  giveBack(receipt: Receipt): void {
    if (this.#ended) return;
    this.#open.delete(receipt);
    tell(() => this.channel.nack(receipt.amqp, false, true));
  }

  /** Tells the broker what was acknowledged. */
  tell(): void {
    const acknowledged = this.#acknowledged;
    this.#acknowledged = [];
    if (this.#ended) return;
    const oldest = this.#open.first?.tag ?? Infinity;
    let last: Receipt | undefined;
    tell(() => {
      for (const receipt of acknowledged) {
        if (receipt.tag > oldest) this.channel.ack(receipt.amqp);
        else if (!last || receipt.tag > last.tag) last = receipt;
      }
      if (last) this.channel.ack(last.amqp, true);
    });
  }

  /** The channel is gone, and with it all that was open there. */
  end(): void {
    this.#ended = true;
  }
}
