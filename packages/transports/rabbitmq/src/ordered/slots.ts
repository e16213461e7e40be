import { SLOT_COUNT, type RookeryError, type Subscriber, type Subscription, type Timer } from '@rookery/core';
import type { Channel, ChannelModel, Message as AmqpMessage } from 'amqplib';
import { closed } from '../connection/closed.js';
import type { Tenant } from '../connection/link.js';
import type { Source } from '../lag.js';
import type { Publisher } from '../events/publisher.js';
import type { Scope } from '../scope.js';
import type { Item } from '../topology/items.js';
import { SLOTS, slotQueues } from '../topology/of-events.js';
import { provideBatons, readBaton, type Baton } from './batons.js';
import { SlotConsumer } from './slot-consumer.js';

/** Milliseconds between two looks at how many replicas share the slots. */
const LOOK = 1_000;

/** How often between two looks a baton that is not wanted is passed on; if it still comes back, nobody else wants it now. */
const PASSES = 4;

/** How many events of a slot are taken ahead at least, if the endpoint takes so many. */
const LEAST_AHEAD = 16;

/**
 * Milliseconds after which a baton is given back, whoever gets it then: RabbitMQ ends the channel of a message that is not acknowledged
 * for long, by default for half an hour.
 */
const RENEW = 600_000;

/** A slot that this replica has, until its baton is given back. */
interface Owned {
  readonly consumer: SlotConsumer;
  readonly baton: AmqpMessage;
  readonly since: number;
  leaving: boolean;
}

/**
 * The slots of an ordered endpoint, over the replicas of its service. In one queue there is a baton for each slot: who holds it,
 * not acknowledged, has the slot. When a replica dies, the broker gives its batons to others at once. Each replica looks how many
 * consumers that queue has, and gives back what it has beyond its share.
 */
export class Slots implements Tenant {
  /** That of the batons. */
  readonly queue: string;
  readonly #scope: Scope;
  readonly #subscription: Subscription;
  readonly #subscriber: Subscriber;
  readonly #publisher: Publisher;
  /** By slot. */
  readonly #owned = new Map<number, Owned>();
  /** By slot: how often its baton was passed on since the last look. */
  readonly #passes = new Array<number>(SLOT_COUNT).fill(0);
  #model: ChannelModel | undefined;
  #channel: Channel | undefined;
  #consumer: string | undefined;
  #consumers = 0;
  /** How many slots are its own at most. */
  #share = 0;
  #counting: Promise<void> | undefined;
  #timer: Timer | undefined;
  #paused = false;
  #draining = false;

  constructor(scope: Scope, subscription: Subscription, subscriber: Subscriber, publisher: Publisher) {
    this.#scope = scope;
    this.#subscription = subscription;
    this.#subscriber = subscriber;
    this.#publisher = publisher;
    this.queue = scope.names.batons(subscription.service, subscription.endpoint);
  }

  /** See {@link EventEndpoints.sources}. */
  get sources(): Source[] {
    const { service, endpoint } = this.#subscription;
    return SLOTS.map((slot) => {
      const lastSent = this.#owned.get(slot)?.consumer.source.lastSent;
      return {
        service,
        of: 'events',
        endpoint,
        queue: this.#scope.names.slot(service, endpoint, slot),
        lastSent,
      };
    });
  }

  get items(): Item[] {
    const { names, settings } = this.#scope;
    return slotQueues(names, this.#subscription, settings.maxEvents);
  }

  async move(model: ChannelModel): Promise<Channel> {
    const { declarations, names, host } = this.#scope;
    const { service, endpoint } = this.#subscription;
    const channel = await model.createChannel();
    await declarations.make(channel, this.items);
    const complete = names.allBatons(service, endpoint);
    const maker = names.batonMaker(service, endpoint);
    await provideBatons(model, { queue: this.queue, complete, maker }, host);
    this.#model = model;
    this.#channel = channel;
    this.#share = 0;
    await this.#consume();
    this.#lookAgain(channel);
    return channel;
  }

  evicted(_cause: RookeryError): void {
    this.#timer?.cancel();
    this.#channel = undefined;
    this.#consumer = undefined;
    this.#counting = undefined;
    for (const { consumer } of this.#owned.values()) consumer.abandon();
    this.#owned.clear();
  }

  closing(): void {
    for (const { consumer } of this.#owned.values()) consumer.abandon();
  }

  /** What was taken ahead comes back when it goes on soon; otherwise the slots go to others. */
  pause(): void {
    this.#paused = true;
    for (const { consumer } of this.#owned.values()) consumer.pause();
  }

  resume(deliveries?: number): void {
    this.#paused = false;
    for (const { consumer } of this.#owned.values()) consumer.resume(deliveries);
    this.#consume().catch(() => undefined); // the channel is lost; on the next one it consumes again
  }

  async drain(): Promise<void> {
    this.#draining = true;
    this.#timer?.cancel();
    const stopped = [...this.#owned.values()].map(({ consumer }) => consumer.drain());
    await Promise.all([this.#stop(), ...stopped]);
    for (const owned of this.#owned.values()) void this.#leave(owned);
  }

  async #consume(): Promise<void> {
    const channel = this.#channel;
    if (!channel || this.#consumer !== undefined || this.#paused || this.#draining) return;
    const consumerTag = `${this.#scope.host.replica}-${++this.#consumers}`;
    this.#consumer = consumerTag;
    await channel.consume(this.queue, (amqp) => this.#offered(channel, amqp), { consumerTag });
  }

  async #stop(): Promise<void> {
    const consumer = this.#consumer;
    this.#consumer = undefined;
    if (consumer !== undefined) await this.#channel?.cancel(consumer).catch(() => undefined); // lost, so nothing comes
  }

  /** Somebody has given up a slot, or is dead, or is the first. */
  #offered(channel: Channel, amqp: AmqpMessage | null): void {
    const baton = amqp && readBaton(amqp);
    if (amqp && !baton) channel.nack(amqp, false, false);
    else if (amqp && baton) this.#consider(channel, amqp, baton).catch(() => this.#beginAnew(channel));
    else if (!this.#draining) this.#beginAnew(channel); // somebody has deleted the queue
  }

  async #consider(channel: Channel, amqp: AmqpMessage, baton: Baton): Promise<void> {
    if (this.#kept >= this.#share) await this.#count(channel);
    if (this.#channel !== channel) return;
    const passes = this.#passes[baton.slot] ?? 0;
    const full = this.#kept >= this.#share && passes < PASSES;
    if (full) this.#passes[baton.slot] = passes + 1;
    if (full || this.#consumer === undefined) channel.nack(amqp, false, true);
    else this.#take(channel, amqp, baton);
  }

  #take(channel: Channel, amqp: AmqpMessage, baton: Baton): void {
    const model = this.#model;
    if (!model) return;
    const { concurrency: ahead } = this.#subscription;
    const concurrency = Math.max(Math.min(ahead, LEAST_AHEAD), Math.ceil(ahead / this.#share));
    const subscription = { ...this.#subscription, concurrency };
    const consumer = new SlotConsumer(this.#scope, subscription, this.#subscriber, this.#publisher, baton);
    this.#owned.set(baton.slot, {
      consumer,
      baton: amqp,
      since: this.#scope.host.clock.now(),
      leaving: false,
    });
    if (this.#paused) consumer.pause();
    const lost = (): void => {
      consumer.abandon();
      if (this.#owned.get(baton.slot)?.consumer === consumer) this.#beginAnew(channel);
    };
    consumer.move(model).then((own) => own.on('error', () => undefined).on('close', lost), lost);
  }

  #lookAgain(channel: Channel): void {
    this.#timer = this.#scope.host.clock.after(LOOK, () => {
      this.#look(channel).catch(() => this.#beginAnew(channel));
    });
  }

  async #look(channel: Channel): Promise<void> {
    if (this.#paused) await this.#stop();
    else await this.#count(channel);
    if (this.#channel !== channel || this.#draining) return;
    this.#passes.fill(0);
    const kept = [...this.#owned.values()].filter(({ leaving }) => !leaving);
    for (const owned of kept.slice(this.#paused ? 0 : this.#share)) void this.#leave(owned);
    // One at a time, the oldest.
    const [oldest] = kept;
    if (oldest && this.#scope.host.clock.now() - oldest.since >= RENEW) void this.#leave(oldest);
    this.#lookAgain(channel);
  }

  /** Finds out how many slots are its share. */
  async #count(channel: Channel): Promise<void> {
    this.#counting ??= channel
      .checkQueue(this.queue)
      .then(({ consumerCount }) => void (this.#share = Math.ceil(SLOT_COUNT / Math.max(1, consumerCount))))
      .finally(() => (this.#counting = undefined));
    await this.#counting;
  }

  get #kept(): number {
    let kept = 0;
    for (const { leaving } of this.#owned.values()) if (!leaving) kept++;
    return kept;
  }

  /** The slot goes to whoever the broker gives its baton, once nothing of it is in hand here. */
  async #leave(owned: Owned): Promise<void> {
    if (owned.leaving) return;
    owned.leaving = true;
    const { consumer, baton } = owned;
    const channel = this.#channel;
    await consumer.leave();
    for (const [slot, one] of this.#owned) if (one === owned) this.#owned.delete(slot);
    if (!channel || this.#channel !== channel) return;
    try {
      channel.nack(baton, false, true);
    } catch {
      // The channel has just ended, and the baton with it.
    }
  }

  /** Whatever it was, the link moves it in again, with nothing in hand. */
  #beginAnew(channel: Channel): void {
    if (this.#channel === channel) void closed(channel);
  }
}
