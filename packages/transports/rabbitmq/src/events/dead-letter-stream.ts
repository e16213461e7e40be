import { atMost, type DeadLetterLog, type RookeryError, type Timer } from '@rookery/core';
import type { Channel, ChannelModel, Message as AmqpMessage } from 'amqplib';
import type { Tenant } from '../connection/link.js';
import { closed } from '../connection/closed.js';
import { propertiesOf } from '../message/properties.js';
import type { Scope } from '../scope.js';
import type { Item } from '../topology/items.js';
import { deadLetterLog, LOG_BYTES } from '../topology/of-dead-letters.js';
import type { WrittenEvent } from './cloud-event.js';
import type { Publisher } from './publisher.js';

/** The types of its messages: of one letter, and what whoever begins to read leaves to know when he has read all. */
const ENTRY = 'letter';
const MARK = 'mark';

/** How many are sent ahead of their acknowledgement. */
const PREFETCH = 100;

/** So many ids of messages are known, so that what was handed over twice counts once, and another stream is known for one. */
const MOST_SEEN = 10_000;

/** What is behind so many later bytes is appended again, long before it is forgotten. */
const OLD = LOG_BYTES / 2;
/** Milliseconds at most before that; random, so that one replica does it for all. */
const LONGEST_WAIT = 5_000;
const AT_ONCE = 100;

/** Milliseconds after which a stream that gives nothing of what it has just stored is another one than before. */
const SILENCE = 5_000;

/** What whoever reads is told. */
interface Reader {
  take(id: string, letter: string | undefined): void;
  keep(id: string): void;
  readonly mark: string;
  caughtUp(): void;
}

/** A service's dead letters as a stream, which every replica reads from its beginning. */
export class DeadLetterStream implements DeadLetterLog, Tenant {
  readonly queue: string;
  readonly #scope: Scope;
  readonly #publisher: Publisher;
  #channel: Channel | undefined;
  #reader: Reader | undefined;
  /** The offset behind the last that was read. */
  #next = 0;
  /** How many bytes were read. */
  #bytes = 0;
  /** Of each letter that is there, how many had been read before its latest; in that order. */
  readonly #latest = new Map<string, number>();
  readonly #seen = new Set<string>();
  /** What this replica has appended and not read back, by the ids of its messages. */
  readonly #unread = new Map<string, WrittenEvent>();
  #keeping: Timer | undefined;
  #listening: Timer | undefined;
  /** Nothing has come since it listens. */
  #silent = false;
  /** Until the stream is there; what is to be appended waits for it. */
  #away: PromiseWithResolvers<void> | undefined = Promise.withResolvers();
  /** What was known is to be written into another stream. */
  #anew = false;

  constructor(service: string, scope: Scope, publisher: Publisher) {
    this.queue = scope.names.deadLetters(service);
    this.#scope = scope;
    this.#publisher = publisher;
  }

  get items(): Item[] {
    return deadLetterLog(this.queue);
  }

  async append(id: string, letter: string | undefined): Promise<void> {
    await this.#publish(ENTRY, letter ?? '', this.#scope.host.random.token(16), id);
  }

  async read(take: Reader['take'], keep: Reader['keep']): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const mark = this.#scope.host.random.token(16);
    this.#reader = { take, keep, mark, caughtUp: resolve };
    await this.#consume();
    await this.#publish(MARK, '', mark);
    await promise;
  }

  async move(model: ChannelModel): Promise<Channel> {
    const channel = await model.createChannel();
    await this.#scope.declarations.make(channel, this.items);
    this.#channel = channel;
    await this.#consume();
    this.#away?.resolve();
    this.#away = undefined;
    if (this.#reader) this.#compare(channel);
    return channel;
  }

  evicted(_cause?: RookeryError): void {
    this.#listening?.cancel();
    this.#channel = undefined;
    this.#away ??= Promise.withResolvers();
  }

  stop(): void {
    this.#reader?.caughtUp();
    this.#reader = undefined;
    this.#away?.resolve();
    this.#keeping?.cancel();
    this.#listening?.cancel();
  }

  /** @throws RookeryError when the broker has not confirmed it */
  async #publish(type: string, text: string, messageId: string, correlationId?: string): Promise<void> {
    const about = correlationId === undefined ? {} : { correlationId };
    const options = { messageId, ...about, type, persistent: true };
    const event = { content: Buffer.from(text), options };
    if (this.#reader) this.#unread.set(messageId, event);
    try {
      await this.#hand(event);
    } catch (error) {
      this.#unread.delete(messageId);
      throw error;
    }
  }

  async #hand(event: WrittenEvent): Promise<void> {
    const { queue } = this;
    const { host, settings } = this.#scope;
    // A broker that has just come back takes messages before its streams are there.
    if (this.#reader && this.#away) await atMost(host.clock, settings.confirmTimeout, this.#away.promise);
    // And what is routed to no queue is confirmed: a stream that somebody has deleted is made again.
    const destination = { exchange: '', routingKey: queue, otherwise: queue, made: this.items };
    const confirmation = await this.#publisher.publish(event, destination);
    if (confirmation.status === 'refused') throw confirmation.error;
  }

  async #consume(): Promise<void> {
    const channel = this.#channel;
    if (!channel || !this.#reader) return;
    await channel.prefetch(PREFETCH);
    await channel.consume(this.queue, (amqp) => this.#take(channel, amqp), {
      // From the last that was read: if it is not there any more, this is another stream.
      arguments: { 'x-stream-offset': this.#next === 0 ? 'first' : this.#next - 1 },
    });
  }

  /** Writes what is known into another stream; or sees whether it is another. */
  #compare(channel: Channel): void {
    const unheard = (): void => undefined; // what is unread waits for the next connection, and the mark too
    if (!this.#anew) {
      if (this.#next > 0) this.#listen(channel).catch(unheard);
      return;
    }
    this.#anew = false;
    for (const event of this.#unread.values()) this.#hand(event).catch(unheard);
    for (const id of this.#latest.keys()) this.#reader?.keep(id);
  }

  /** Another stream either gives what is not known, or nothing at all from an offset on that it has not. */
  async #listen(channel: Channel): Promise<void> {
    const { clock, random } = this.#scope.host;
    this.#silent = true;
    await this.#publish(MARK, '', random.token(16));
    if (this.#channel !== channel) return;
    this.#listening = clock.after(SILENCE, () => {
      if (this.#silent) this.#isAnother(channel);
    });
  }

  #isAnother(channel: Channel): void {
    this.#anew = true;
    this.#next = 0;
    this.evicted();
    void closed(channel);
  }

  #take(channel: Channel, amqp: AmqpMessage | null): void {
    if (!amqp) {
      this.#isAnother(channel); // somebody has deleted it
      return;
    }
    if (this.#channel !== channel) return;
    channel.ack(amqp);
    this.#silent = false;
    const { type, messageId = '', correlationId, headers } = propertiesOf(amqp);
    const offset = Number(headers['x-stream-offset']);
    const seen = this.#seen.has(messageId);
    if (offset < this.#next) {
      if (!seen) this.#isAnother(channel); // deleted while nobody looked, or forgotten by its broker
      return;
    }
    this.#next = offset + 1;
    this.#bytes += amqp.content.length;
    this.#unread.delete(messageId);
    this.#saw(messageId);
    if (type === MARK && messageId === this.#reader?.mark) this.#reader.caughtUp();
    if (type !== ENTRY || correlationId === undefined || seen) return;
    const letter = amqp.content.length === 0 ? undefined : amqp.content.toString();
    this.#latest.delete(correlationId);
    if (letter !== undefined) this.#latest.set(correlationId, this.#bytes);
    this.#reader?.take(correlationId, letter);
    this.#keepOld();
  }

  #saw(messageId: string): void {
    this.#seen.add(messageId);
    const [oldest] = this.#seen;
    if (this.#seen.size > MOST_SEEN && oldest !== undefined) this.#seen.delete(oldest);
  }

  #keepOld(): void {
    if (this.#keeping || this.#oldest().length === 0) return;
    const { clock, random } = this.#scope.host;
    this.#keeping = clock.after(random.next() * LONGEST_WAIT, () => {
      this.#keeping = undefined;
      for (const id of this.#oldest()) this.#reader?.keep(id);
    });
  }

  #oldest(): string[] {
    const old: string[] = [];
    for (const [id, at] of this.#latest) {
      if (this.#bytes - at < OLD || old.length === AT_ONCE) break;
      old.push(id);
    }
    return old;
  }
}
