import {
  encodeFailure,
  PayloadTooLarge,
  Roster,
  Unavailable,
  type Frame,
  type FrameMedium,
  type Posted,
  type RequestFrame,
  type RookeryError,
  type TransportHost,
} from '@rookery/core';
import type { Channel, ChannelModel, Message as AmqpMessage } from 'amqplib';
import type { Link, Tenant } from '../connection/link.js';
import { numberIn } from '../message/context-headers.js';
import { propertiesOf } from '../message/properties.js';
import type { OwnRecordOptions } from '../message/record-options.js';
import type { SizeLimit } from '../message/size-limit.js';
import type { Names } from '../names/names.js';
import type { Scope } from '../scope.js';
import type { Declarations } from '../topology/declarations.js';
import { requests } from '../topology/of-requests.js';
import { framesIn } from './frame-batch.js';
import { later, REPLY_TO, writeFrame, type Written } from './frame-codec.js';
import { FrameOutbox } from './frame-outbox.js';
import { receiveFrame, type FrameReceiver } from './frame-receiver.js';
import { LargeFrames } from './large-frames.js';
import { TAKEN, WaitingFrame } from './waiting-frame.js';

/** Whom the answers to this process's calls are for. */
export interface CallFrameReceiver extends FrameReceiver {
  /** How many calls have no end yet. */
  callsUnderWay(): number;
}

/**
 * Sends all frames of this process, each to the queue that is its address, and takes the answers to its own requests by direct
 * reply-to, which is why both are on one channel. Frames to one address keep their order.
 */
export class FrameChannel implements FrameMedium, Tenant {
  readonly #scope: Scope;
  readonly #host: TransportHost;
  readonly #names: Names;
  readonly #link: Link;
  readonly #inbox: string;
  readonly #records: OwnRecordOptions;
  readonly #receiver: CallFrameReceiver;
  readonly #line = new Roster<WaitingFrame>();
  readonly #declarations: Declarations;
  #channel: Channel | undefined;
  #model: ChannelModel | undefined;
  /** amqplib has as much as it should have. */
  #full = false;
  readonly #sizes: SizeLimit;
  readonly #large = new LargeFrames();
  readonly #outbox: FrameOutbox;

  constructor(scope: Scope, link: Link, receiver: CallFrameReceiver) {
    const { host, names, declarations, records, sizes } = scope;
    this.#scope = scope;
    this.#records = records;
    this.#sizes = sizes;
    this.#declarations = declarations;
    this.#host = host;
    this.#names = names;
    this.#link = link;
    this.#inbox = names.inbox(host.replica);
    this.#receiver = receiver;
    const publish = (address: string, message: Written): void => this.#publish(address, message);
    const calls = (address: string): number | undefined =>
      isShared(address) ? receiver.callsUnderWay() : undefined;
    this.#outbox = new FrameOutbox(publish, calls, sizes);
    link.add(this);
  }

  /** How many frames wait. */
  get waiting(): number {
    return this.#line.size;
  }

  toService(service: string, frame: RequestFrame): Posted {
    return this.#post(this.#names.requests(service), frame);
  }

  toReplica(address: string, frame: Frame): void {
    this.#post(address, frame);
  }

  async move(model: ChannelModel): Promise<Channel> {
    const channel = await model.createChannel();
    channel.on('return', (message) => this.#returned(channel, message));
    channel.on('drain', () => {
      this.#full = false;
      this.#flush();
    });
    const take = (message: AmqpMessage | null): void => receiveFrame(message, this.#scope, this.#receiver);
    await channel.consume(REPLY_TO, take, { noAck: true });
    this.#model = model;
    this.#channel = channel;
    this.#full = false;
    this.#flush();
    return channel;
  }

  evicted(cause: RookeryError): void {
    this.#channel = undefined;
    const large = this.#large.take();
    if (this.#sizes.learn(cause.cause)) {
      for (const { type, call, address, size } of large) {
        const refusal = this.#sizes.refusal(size);
        if (refusal) this.#refuse(type, call, address, refusal);
      }
    }
    this.#receiver.interrupted(cause);
  }

  closing(): void {
    this.#outbox.flush();
  }

  refused(cause: RookeryError): void {
    for (const waiting of this.#line.all()) {
      waiting.leave();
      const { type, correlationId } = waiting.written.options;
      if (type === 'request') this.#fail(String(correlationId), cause);
    }
  }

  unblocked(): void {
    this.#flush();
  }

  #post(address: string, frame: Frame): Posted {
    const { clock } = this.#host;
    // Written at once: what its sender changes afterwards is not sent.
    const written = writeFrame(frame, this.#inbox, clock);
    if (frame.type === 'request')
      Object.assign(written.options, this.#records.of(frame.message.envelope.headers));
    const refusal = this.#sizes.refusal(written.content.length);
    if (refusal) {
      // Later: whoever sends it does not know yet that it has done so.
      clock.defer(() => this.#refuse(frame.type, frame.call, address, refusal));
      return TAKEN;
    }
    this.#large.sent(frame, address, written.content.length);
    if (this.#line.size > 0 || !this.#canSend())
      return new WaitingFrame(this.#line, address, written, clock.now());
    this.#outbox.add(address, written);
    return TAKEN;
  }

  /** What is too large ends its call, on both sides. */
  #refuse(type: Frame['type'], call: string, address: string, error: RookeryError): void {
    if (type === 'request' || type === 'item') this.#fail(call, error);
    if (type === 'item') this.#post(address, { type: 'cancel', call });
    if (type !== 'reply') return;
    this.#post(address, { type: 'failure', call, failure: encodeFailure(error, false) });
    this.#receiver.receive({ type: 'cancel', call });
  }

  #canSend(): boolean {
    return this.#channel !== undefined && !this.#full && this.#link.blocked === undefined;
  }

  #flush(): void {
    if (this.#line.size === 0) return;
    const { clock } = this.#host;
    const now = clock.now();
    for (const waiting of this.#line.all()) {
      if (!this.#canSend()) return;
      waiting.leave();
      const { content, options } = waiting.written;
      this.#outbox.add(waiting.address, { content, options: later(options, now - waiting.since, clock) });
    }
  }

  #publish(address: string, { content, options }: Written): void {
    try {
      this.#full = this.#channel?.publish('', address, content, options) === false;
    } catch (cause) {
      // AMQP has limits of its own: 64 KiB for all headers of a message, 255 bytes for an id.
      const why = cause instanceof Error ? cause.message : String(cause);
      this.#host.logger.error(`a frame of type ${options.type} for ${address} cannot be sent: ${why}`);
      const error = new PayloadTooLarge(`the request cannot be written for AMQP: ${why}`);
      for (const part of framesIn({ content, properties: options, fields: {} } as AmqpMessage)) {
        const { type, correlationId: call = '' } = propertiesOf(part);
        if (type === 'request') this.#host.clock.defer(() => this.#fail(call, error));
      }
    }
  }

  /** Nobody has the queue that a request was for. */
  #returned(channel: Channel, message: AmqpMessage): void {
    const { routingKey: queue } = message.fields;
    for (const part of framesIn(message)) {
      const { correlationId: call, type } = propertiesOf(part);
      if (call === undefined || type !== 'request') continue; // of others nobody waits to hear
      if (isShared(queue)) void this.#declareAndSend(channel, queue, part);
      else this.#fail(call, new Unavailable(`there is no replica with the address ${queue}; never sent`));
    }
  }

  /** A service that has yet to come finds its requests waiting, as long as their callers do. */
  async #declareAndSend(channel: Channel, queue: string, message: AmqpMessage): Promise<void> {
    const model = this.#model;
    if (!model) return;
    try {
      await this.#declarations.declare(model, queue, requests(queue));
      if (this.#channel !== channel) return; // its caller has been told
      const { properties, content } = message;
      const now = this.#host.clock.epoch();
      const sent = numberIn(properties.headers ?? {}, 'rookery-sent') ?? now;
      const again = { ...properties, headers: properties.headers ?? {}, replyTo: REPLY_TO, mandatory: true };
      this.#outbox.add(queue, { content, options: later(again, now - sent, this.#host.clock) });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      this.#fail(
        String(message.properties.correlationId),
        new Unavailable(`the queue ${queue} is not there and cannot be declared: ${why}`, { cause }),
      );
    }
  }

  #fail(call: string, error: RookeryError): void {
    this.#receiver.receive({ type: 'failure', call, failure: encodeFailure(error, false) });
  }
}

/** Whether an address is a service's, of which one replica takes each request. */
function isShared(address: string): boolean {
  return address.endsWith('.requests');
}
