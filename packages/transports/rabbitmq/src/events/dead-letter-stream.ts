import type { DeadLetterLog, RookeryError, Timer } from '@rookery/core';
import type { Channel, ChannelModel, Message as AmqpMessage } from 'amqplib';
import { closed } from '../connection/closed.js';
import type { Tenant } from '../connection/link.js';
import { propertiesOf } from '../message/properties.js';
import type { Scope } from '../scope.js';
import type { Item } from '../topology/items.js';
import { deadLetterLog, LOG_BYTES } from '../topology/of-dead-letters.js';
import type { Publisher } from './publisher.js';

/** The types of its messages: of one letter, and what whoever begins to read leaves to know when he has read all. */
const ENTRY = 'letter';
const MARK = 'mark';

/** How many are sent ahead of their acknowledgement. */
const PREFETCH = 100;

/** So many ids of messages are known, so that what was handed over twice counts once. */
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
  #keeping: Timer | undefined;
  #listening: Timer | undefined;
  #deleted = false;

  constructor(service: string, scope: Scope, publisher: Publisher) {
    this.queue = scope.names.deadLetters(service);
    this.#scope = scope;
    this.#publisher = publisher;
  }

  get items(): Item[] {
    return deadLetterLog(this.queue);
  }

  async append(id: string, letter: string | undefined): Promise<void> {
    await this.#publish(ENTRY, letter ?? '', { correlationId: id });
  }

  async read(take: Reader['take'], keep: Reader['keep']): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const mark = this.#scope.host.random.token(16);
    this.#reader = { take, keep, mark, caughtUp: resolve };
    await this.#consume();
    await this.#publish(MARK, '', { messageId: mark });
    await promise;
  }

  async move(model: ChannelModel): Promise<Channel> {
    const channel = await model.createChannel();
    await this.#scope.declarations.make(channel, this.items);
    this.#channel = channel;
    await this.#consume();
    if (this.#deleted) for (const id of this.#latest.keys()) this.#reader?.keep(id);
    this.#deleted = false;
    if (this.#next > 0) void this.#listen(channel);
    return channel;
  }

  evicted(_cause: RookeryError): void {
    this.#listening?.cancel();
    this.#channel = undefined;
  }

  stop(): void {
    this.#reader?.caughtUp();
    this.#reader = undefined;
    this.#keeping?.cancel();
    this.#listening?.cancel();
  }

  /** @throws RookeryError when the broker has not confirmed it */
  async #publish(
    type: string,
    text: string,
    own: { messageId?: string; correlationId?: string },
  ): Promise<void> {
    const messageId = this.#scope.host.random.token(16);
    const event = { content: Buffer.from(text), options: { messageId, ...own, type, persistent: true } };
    // Without it the broker would confirm what it has dropped.
    const missing = `${this.queue} is not there`;
    const destination = { exchange: '', routingKey: this.queue, missing };
    const confirmation = await this.#publisher.publish(event, destination);
    if (confirmation.status === 'refused') throw confirmation.error;
  }

  async #consume(): Promise<void> {
    const channel = this.#channel;
    if (!channel || !this.#reader) return;
    const from = this.#next === 0 ? 'first' : this.#next;
    await channel.prefetch(PREFETCH);
    await channel.consume(this.queue, (amqp) => this.#take(channel, amqp), {
      arguments: { 'x-stream-offset': from },
    });
  }

  /** Nobody says that a stream was deleted while this side was away; one that was made anew gives nothing from an offset on that it has not. */
  async #listen(channel: Channel): Promise<void> {
    const from = this.#next;
    const { clock, random } = this.#scope.host;
    try {
      await this.#publish(MARK, '', { messageId: random.token(16) });
    } catch {
      return; // it is looked at again after the next connection
    }
    if (this.#channel !== channel || this.#next > from) return;
    this.#listening = clock.after(SILENCE, () => {
      if (this.#next === from) this.#beginAnew(channel);
    });
  }

  /** The stream is gone: what is known goes into a new one. */
  #beginAnew(channel: Channel): void {
    this.#deleted = true;
    this.#next = 0;
    this.#channel = undefined;
    void closed(channel);
  }

  #take(channel: Channel, amqp: AmqpMessage | null): void {
    if (!amqp) {
      this.#beginAnew(channel);
      return;
    }
    if (this.#channel !== channel) return;
    channel.ack(amqp);
    const { type, messageId = '', correlationId, headers } = propertiesOf(amqp);
    const offset = Number(headers['x-stream-offset']);
    if (offset < this.#next) return;
    this.#next = offset + 1;
    this.#bytes += amqp.content.length;
    if (type === MARK && messageId === this.#reader?.mark) this.#reader.caughtUp();
    if (type !== ENTRY || correlationId === undefined || this.#wasSeen(messageId)) return;
    const letter = amqp.content.length === 0 ? undefined : amqp.content.toString();
    this.#latest.delete(correlationId);
    if (letter !== undefined) this.#latest.set(correlationId, this.#bytes);
    this.#reader?.take(correlationId, letter);
    this.#keepOld();
  }

  #wasSeen(messageId: string): boolean {
    if (this.#seen.has(messageId)) return true;
    this.#seen.add(messageId);
    const [oldest] = this.#seen;
    if (this.#seen.size > MOST_SEEN && oldest !== undefined) this.#seen.delete(oldest);
    return false;
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
