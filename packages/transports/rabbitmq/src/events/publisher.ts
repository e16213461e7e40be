import {
  ClientClosed,
  Deadlines,
  PayloadTooLarge,
  PermissionDenied,
  QueueFull,
  Roster,
  Unavailable,
  type RookeryError,
} from '@rookery/core';
import type { ConfirmChannel, ChannelModel, Message as AmqpMessage } from 'amqplib';
import type { Link, Tenant } from '../connection/link.js';
import { unwritable } from '../connection/missing-right.js';
import { propertiesOf } from '../message/properties.js';
import type { SizeLimit } from '../message/size-limit.js';
import type { Settings } from '../options.js';
import type { Scope } from '../scope.js';
import type { Table } from '../message/application-headers.js';
import type { WrittenEvent } from './cloud-event.js';
import { WAIT } from './held.js';
import { Tiers } from './tiers.js';
import type { Declarations } from '../topology/declarations.js';
import { earlyEvents, exchanges } from '../topology/of-events.js';
import type { Names } from '../names/names.js';
import { nextWait } from './delay-tiers.js';
import { OutgoingEvent, type Confirmation, type Destination, type Refused } from './outgoing-event.js';

/**
 * Hands events to the broker and keeps each until it is confirmed. Those that were not, when a connection is lost, are handed
 * over again on the next one, in their order and under the same id.
 */
export class Publisher implements Tenant {
  readonly #settings: Settings;
  readonly #names: Names;
  readonly #link: Link;
  readonly #sizes: SizeLimit;
  readonly #deadlines: Deadlines;
  readonly #declarations: Declarations;
  readonly tiers: Tiers;
  readonly #unconfirmed = new Roster<OutgoingEvent>();
  #channel: ConfirmChannel | undefined;
  #model: ChannelModel | undefined;
  #full = false;
  #closed = false;
  /** Something was confirmed. */
  #stored = false;
  #cause: RookeryError | undefined;
  #empty: (() => void) | undefined;

  constructor({ settings, host, names, declarations, sizes }: Scope, link: Link) {
    this.#settings = settings;
    this.#names = names;
    this.#declarations = declarations;
    this.#link = link;
    this.#sizes = sizes;
    this.#deadlines = new Deadlines(host.clock);
    this.tiers = new Tiers(names, declarations);
    link.add(this);
  }

  /** Resolves with what the broker says, or with what is known when it has said nothing for the `confirmTimeout`. */
  publish(event: WrittenEvent, destination: Destination): Promise<Confirmation> {
    if (this.#closed)
      return Promise.resolve(refused(new ClientClosed('the transport is closed', { recourse: 'terminal' })));
    const large = this.#sizes.refusal(event.content.length);
    if (large) return Promise.resolve(refused(large));
    if (this.#unconfirmed.size >= this.#settings.maxUnconfirmed)
      return Promise.resolve(refused(this.#tooMany()));
    const outgoing = new OutgoingEvent(event, destination, (late) => this.#expired(late));
    this.#unconfirmed.add(outgoing);
    this.#deadlines.arm(outgoing, this.#settings.confirmTimeout);
    if (this.#canSend()) this.#send(outgoing);
    return outgoing.confirmed;
  }

  /** Has the broker hold an event and then give it back to `queue`, see {@link waitOf} for how long it has yet to wait then. */
  async hold(event: WrittenEvent, queue: string, ms: number): Promise<Confirmation> {
    const { tier, left } = nextWait(ms);
    await this.tiers.ensure(tier, this.#channel && this.#model);
    const { content, options } = event;
    const held = {
      content,
      options: { ...options, headers: { ...(options.headers as Table), [WAIT]: left } },
    };
    const exchange = this.#names.delay(tier);
    return this.publish(held, { exchange, routingKey: queue, missing: `the queue ${exchange} is not there` });
  }

  async move(model: ChannelModel): Promise<ConfirmChannel> {
    const channel = await model.createConfirmChannel();
    await this.#declarations.make(channel, [...exchanges(this.#names), ...this.tiers.items]);
    await this.#declarations.check(model, exchanges(this.#names));
    channel.on('return', (message) => this.#returned(message));
    channel.on('drain', () => {
      this.#full = false;
      this.#flush();
    });
    this.#model = model;
    this.#channel = channel;
    this.#cause = undefined;
    this.#full = false;
    this.#flush();
    return channel;
  }

  evicted(cause: RookeryError): void {
    this.#channel = undefined;
    this.#cause = cause;
    this.#forbidden(cause);
    if (this.#sizes.learn(cause.cause)) this.#refuseLarge();
    // No confirmation comes any more: whatever has none is handed over once more.
    for (const outgoing of this.#unconfirmed.all()) {
      outgoing.sent = false;
      outgoing.returned = false;
    }
  }

  refused(cause: RookeryError): void {
    for (const outgoing of this.#unconfirmed.all()) this.#settle(outgoing, refused(cause));
  }

  unblocked(): void {
    this.#flush();
  }

  /** Takes no more, and resolves when all that was taken is confirmed, or has waited long enough. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#unconfirmed.size > 0) await new Promise<void>((resolve) => (this.#empty = resolve));
  }

  /** Gives up what has no confirmation. */
  abandon(): void {
    const why = 'the transport was closed before RabbitMQ confirmed the event; it may have it';
    for (const outgoing of this.#unconfirmed.all()) this.#settle(outgoing, refused(new ClientClosed(why)));
  }

  #canSend(): boolean {
    return this.#channel !== undefined && !this.#full && this.#link.blocked === undefined;
  }

  #flush(): void {
    for (const outgoing of this.#unconfirmed.all()) {
      if (!this.#canSend()) return;
      if (!outgoing.sent) this.#send(outgoing);
    }
  }

  #send(outgoing: OutgoingEvent): void {
    const channel = this.#channel;
    if (!channel) return;
    const { content, options } = outgoing.event;
    const { exchange, routingKey, otherwise, missing } = outgoing.destination;
    const own = otherwise === undefined && missing === undefined ? options : { ...options, mandatory: true };
    outgoing.sent = true;
    try {
      this.#full = !channel.publish(exchange, routingKey, content, own, (nack: unknown) => {
        // The channel's end says nothing of the event: it is sent again over the next one.
        if (this.#channel === channel && !isChannelClosed(nack)) this.#confirmed(outgoing, nack);
      });
    } catch (cause) {
      // AMQP has limits of its own: 64 KiB for all headers of a message, 255 bytes for an id.
      const why = cause instanceof Error ? cause.message : String(cause);
      this.#settle(
        outgoing,
        refused(new PayloadTooLarge(`the event cannot be written for AMQP: ${why}`, { cause })),
      );
    }
  }

  #confirmed(outgoing: OutgoingEvent, nack: unknown): void {
    if (outgoing.settled) return;
    const { missing } = outgoing.destination;
    if (outgoing.returned && missing !== undefined)
      this.#settle(outgoing, {
        ...refused(new Unavailable(`${missing}; the event was refused`)),
        unroutable: true,
      });
    else if (outgoing.returned) void this.#park(outgoing);
    else if (nack) {
      const where = `a queue that ${outgoing.destination.routingKey} leads to`;
      const error = new QueueFull(
        `${where} is full, or the broker could not store it; the event was refused`,
      );
      this.#settle(outgoing, refused(error));
    } else {
      this.#stored = true;
      this.#settle(outgoing, { status: 'stored' });
    }
  }

  /** It has been routed to no queue; its confirmation comes right behind. */
  #returned(message: AmqpMessage): void {
    const { messageId } = propertiesOf(message);
    const { exchange, routingKey } = message.fields;
    const outgoing = this.#unconfirmed.all().find(({ event, destination, sent, returned }) => {
      const same = destination.exchange === exchange && destination.routingKey === routingKey;
      return same && sent && !returned && event.options.messageId === messageId;
    });
    if (outgoing) outgoing.returned = true;
  }

  /** Puts it into the queue of those that wait for a service that has yet to come. */
  async #park(outgoing: OutgoingEvent): Promise<void> {
    const { exchange, otherwise = '', made } = outgoing.destination;
    const model = this.#model;
    if (!model) return;
    outgoing.returned = false;
    outgoing.sent = false;
    try {
      // Where nothing is made it may be there; if it is not, the event comes back once more.
      if (this.#declarations.creates || exchange === '') {
        const items = made ?? earlyEvents(otherwise);
        await this.#declarations.declare(model, otherwise, items);
      }
    } catch (cause) {
      if (this.#model !== model || !this.#channel) return; // it is handed over again on the next connection
      const why = cause instanceof Error ? cause.message : String(cause);
      this.#settle(
        outgoing,
        refused(
          new Unavailable(`nobody has a queue for the event, and ${otherwise} cannot be declared: ${why}`, {
            cause,
          }),
        ),
      );
      return;
    }
    outgoing.destination = { exchange: '', routingKey: otherwise, otherwise, made };
    if (!outgoing.settled && this.#canSend()) this.#send(outgoing);
  }

  #expired(outgoing: OutgoingEvent): void {
    const { confirmTimeout } = this.#settings;
    const why = this.#link.blocked ?? this.#cause?.message ?? 'no answer';
    const error = outgoing.sent
      ? new Unavailable(
          `RabbitMQ has not confirmed the event within ${confirmTimeout} ms (${why}); it may have it`,
          { recourse: 'unknown' },
        )
      : new Unavailable(`RabbitMQ could not be given the event within ${confirmTimeout} ms: ${why}`);
    this.#settle(outgoing, refused(error));
  }

  #settle(outgoing: OutgoingEvent, confirmation: Confirmation): void {
    if (outgoing.settled) return;
    this.#unconfirmed.delete(outgoing);
    this.#deadlines.disarm(outgoing);
    outgoing.settle(confirmation);
    if (this.#unconfirmed.size === 0) this.#empty?.();
  }

  /** What was sent where this side may not write would be refused again, and take the others with it. */
  #forbidden(cause: RookeryError): void {
    const exchange = unwritable(cause.cause);
    if (exchange === undefined) return;
    const error = new PermissionDenied(cause.message, {
      cause,
      // The right may have been taken away behind some of them.
      recourse: this.#stored ? 'unknown' : 'terminal',
    });
    for (const outgoing of this.#unconfirmed.all()) {
      const same = (outgoing.destination.exchange || 'amq.default') === exchange;
      if (same && outgoing.sent) this.#settle(outgoing, refused(error));
    }
  }

  /** The broker has ended the channel because of one of them, and would again. */
  #refuseLarge(): void {
    for (const outgoing of this.#unconfirmed.all()) {
      const large = this.#sizes.refusal(outgoing.event.content.length);
      if (large) this.#settle(outgoing, refused(large));
    }
  }

  #tooMany(): QueueFull {
    const why = this.#link.blocked ?? this.#cause?.message;
    const because = why === undefined ? '' : `: ${why}`;
    return new QueueFull(
      `${this.#unconfirmed.size} events wait for RabbitMQ to confirm them${because}; this one was refused`,
    );
  }
}

function refused(error: RookeryError): Refused {
  return { status: 'refused', error };
}

/** What amqplib tells those who wait for a confirmation when their channel ends, before it tells anybody else. */
function isChannelClosed(nack: unknown): boolean {
  return nack instanceof Error && nack.message === 'channel closed';
}
