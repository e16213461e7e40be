import {
  ClientClosed,
  ConfigurationError,
  PayloadTooLarge,
  PermissionDenied,
  QueueFull,
  Unavailable,
  type RookeryError,
} from '@rookery/core';
import { backoffOf } from '../connection/backoff.js';
import type { Cluster } from '../connection/cluster.js';
import { answered, deniedTopics, isDenied, isUnknownTopic } from '../connection/failure.js';
import type { Health } from '../connection/health.js';
import type { Lifetime } from '../connection/lifetime.js';
import type { Topics } from '../topics/topics.js';
import { batchesOf, type PartitionBatch } from './batch.js';
import { aloneSizeOf, BATCH_OVERHEAD, sizeOf, unsendable, type OutgoingRecord } from './outgoing-record.js';
import { Posting } from './posting.js';
import { Producer } from './producer.js';

/** Bytes that are sent at once: brokers take a batch of 1 MiB by default. */
const MAX_BATCH = 1_000_000;

/**
 * A line of records to be stored. What comes while a batch is under way goes together in the next one; a batch is sent again
 * until it is stored, or nobody waits for it any more.
 */
export class Outgoing {
  readonly #name: string;
  readonly #cluster: Cluster;
  readonly #topics: Topics;
  readonly #producer: Producer;
  readonly #health: Health;
  readonly #lifetime: Lifetime;
  /** Whose topic is there, in order. */
  #queue: Posting[] = [];
  /** By the topic that has to be there first. */
  readonly #held = new Map<string, Posting[]>();
  #heldCount = 0;
  #begun = false;
  #pumping = false;
  #idle: (() => void) | undefined;
  #turn = 0;

  /** @param name what it sends, for people */
  constructor(name: string, cluster: Cluster, topics: Topics, health: Health, lifetime: Lifetime) {
    this.#name = name;
    this.#cluster = cluster;
    this.#topics = topics;
    this.#producer = new Producer(cluster);
    this.#health = health;
    this.#lifetime = lifetime;
  }

  /** Sends from now on; what was handed over before has waited for it. */
  begin(): void {
    this.#begun = true;
    this.#pump();
  }

  /** How many have not been sent. */
  get waiting(): number {
    return this.#queue.length + this.#heldCount;
  }

  /**
   * Hands over a record.
   *
   * @param within milliseconds after which it is not worth sending
   * @param told called once, when it is stored or with why it is not; at once when there is no room
   */
  post(record: OutgoingRecord, within: number, told?: (error: RookeryError | undefined) => void): Posting {
    const { clock, settings } = this.#cluster.surroundings;
    const posting = new Posting(record, sizeOf(record), clock.now() + within, told);
    if (this.#lifetime.ended)
      posting.refused(new ClientClosed('the transport is closed', { recourse: 'terminal' }));
    else if (unsendable(record)) {
      // It would be tried again and again, and what comes behind would wait for that.
      posting.refused(new ConfigurationError(`not sent to ${record.topic}: ${unsendable(record)}`));
    } else if (!this.#hasRoom()) {
      const why = `${settings.maxWaiting} messages already wait to be sent to the brokers; this one was refused`;
      posting.refused(new QueueFull(why));
    } else if (this.#topics.has(record.topic)) {
      if (this.#fits(posting)) this.#queue.push(posting);
      this.#pump();
    } else this.#hold(posting);
    return posting;
  }

  /** Otherwise it is refused. */
  #fits(posting: Posting): boolean {
    const { record } = posting;
    const limit = this.#topics.limitOf(record.topic) ?? Infinity;
    if (posting.size + BATCH_OVERHEAD <= limit || aloneSizeOf(record) <= limit) return true;
    posting.refused(tooLarge(record, limit));
    void this.#topics.learnLimit(record.topic); // it may have been raised
    return false;
  }

  /** Resolves when all that was handed over is stored or refused. */
  async flushed(): Promise<void> {
    if (this.#pumping || this.#heldCount > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  #hasRoom(): boolean {
    const { maxWaiting } = this.#cluster.surroundings.settings;
    if (this.waiting < maxWaiting) return true;
    this.#queue = this.#queue.filter(({ withdrawn }) => !withdrawn);
    return this.waiting < maxWaiting;
  }

  #hold(posting: Posting): void {
    const { topic } = posting.record;
    this.#heldCount++;
    const waiting = this.#held.get(topic);
    if (waiting) waiting.push(posting);
    else {
      this.#held.set(topic, [posting]);
      void this.#makeRoomFor(topic);
    }
  }

  /** Has the topic made, as often as it takes. */
  async #makeRoomFor(topic: string): Promise<void> {
    let failure: RookeryError | undefined;
    const pauses = backoffOf(this.#cluster.surroundings);
    while (!this.#lifetime.ended && !this.#topics.has(topic)) {
      try {
        await this.#topics.ensure([topic]);
      } catch (error) {
        if (isDenied(error) || error instanceof ConfigurationError || error instanceof PermissionDenied) {
          failure = this.#cluster.explain('', error);
          break;
        }
        this.#failed(error);
        this.#dropLate(this.#held.get(topic) ?? [], error);
        await this.#lifetime.pause(pauses.next());
      }
    }
    const waiting = this.#held.get(topic) ?? [];
    this.#held.delete(topic);
    this.#heldCount -= waiting.length;
    if (failure) for (const posting of waiting) posting.refused(failure);
    else this.#queue.push(...waiting.filter((posting) => this.#fits(posting)));
    this.#pump();
  }

  /** Gives up what has not been sent, and what is under way; for when there is no time left. */
  async cut(): Promise<void> {
    const error = new ClientClosed('the transport was closed before it was sent', { recourse: 'retryable' });
    const waiting = [...this.#queue.splice(0), ...[...this.#held.values()].flatMap((some) => some.splice(0))];
    this.#heldCount = 0;
    for (const posting of waiting) posting.refused(error);
    await this.#producer.cut();
  }

  #dropLate(postings: Posting[], why: unknown): void {
    const now = this.#cluster.surroundings.clock.now();
    for (const posting of postings.splice(0)) {
      if (!posting.withdrawn && posting.until > now) postings.push(posting);
      else {
        this.#heldCount--;
        posting.refused(this.#cluster.explain('not sent in time', why));
      }
    }
  }

  #pump(): void {
    if (this.#pumping || !this.#begun) return;
    this.#pumping = true;
    queueMicrotask(() => void this.#run());
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const postings = this.#next();
      if (postings.length > 0) await this.#store(postings);
    }
    this.#pumping = false;
    if (this.#heldCount === 0) this.#idle?.();
  }

  /** The next ones, as many as go together. */
  #next(): Posting[] {
    const now = this.#cluster.surroundings.clock.now();
    const postings: Posting[] = [];
    let size = 0;
    let read = 0;
    let most = MAX_BATCH;
    for (const posting of this.#queue) {
      const limit = this.#topics.limitOf(posting.record.topic) ?? Infinity;
      most = Math.min(most, limit - BATCH_OVERHEAD);
      if (size > 0 && (size + posting.size > most || posting.alone || postings[0]?.alone)) break;
      read++;
      if (posting.withdrawn) continue;
      if (posting.until <= now) posting.refused(new Unavailable('not sent in time: others were before it'));
      else {
        posting.taken = true;
        size += posting.size;
        postings.push(posting);
      }
    }
    this.#queue.splice(0, read);
    return postings;
  }

  async #store(all: readonly Posting[]): Promise<void> {
    let postings = all;
    let batches: readonly PartitionBatch[] | undefined;
    const turn = this.#turn++;
    const pauses = backoffOf(this.#cluster.surroundings);
    for (;;) {
      let why: unknown;
      try {
        batches ??= batchesOf(
          postings,
          await this.#cluster.metadata([...new Set(postings.map(({ record }) => record.topic))]),
          () => turn,
        );
        const unsent = await this.#producer.send(batches, (batch, error) => this.#refuse(batch, error));
        ({ batches, why } = unsent);
        if (batches.length === 0) {
          this.#health.well(this.#name);
          return;
        }
      } catch (error) {
        why = error;
        if (!batches && isDenied(error)) {
          postings = this.#forbidden(postings, error);
          if (postings.length === 0) return;
        }
      }
      if (this.#lifetime.ended) {
        const error = new ClientClosed('the transport was closed before the brokers had it');
        for (const posting of batches?.flatMap((batch) => batch.postings) ?? postings) posting.refused(error);
        return;
      }
      this.#failed(why);
      if (this.#late(batches?.flatMap((batch) => batch.postings) ?? postings, why)) return;
      await this.#lifetime.pause(pauses.next());
      if (isUnknownTopic(why)) await this.#remake(postings);
    }
  }

  /** A topic that was there is not any more: it is made again. */
  async #remake(postings: readonly Posting[]): Promise<void> {
    const names = [...new Set(postings.map(({ record }) => record.topic))];
    for (const name of names) this.#topics.gone(name);
    await this.#topics.ensure(names).catch((error: unknown) => this.#failed(error));
  }

  /** Gives up what nobody waits for any more; the brokers may have it. */
  #late(postings: readonly Posting[], why: unknown): boolean {
    const now = this.#cluster.surroundings.clock.now();
    if (postings.some(({ until }) => until > now)) return false;
    this.#producer.forget();
    const error = new Unavailable('the brokers did not say that they have it', {
      cause: why,
      recourse: 'unknown',
    });
    for (const posting of postings) posting.refused(error);
    return true;
  }

  /** Refuses what is for topics that this side has no right to; what is left is for others. */
  #forbidden(postings: readonly Posting[], why: unknown): Posting[] {
    const denied = deniedTopics(why);
    const error = this.#cluster.explain('', why);
    this.#health.trouble(this.#name, error);
    return postings.filter((posting) => {
      const { topic } = posting.record;
      if (denied.length > 0 && !denied.includes(topic)) return true;
      this.#topics.gone(topic);
      posting.refused(error);
      return false;
    });
  }

  /** Refuses all that waits: the brokers do not let this side in. */
  refuse(error: RookeryError): void {
    const held = [...this.#held.values()].flatMap((some) => some.splice(0));
    this.#heldCount -= held.length;
    for (const posting of [...this.#queue.splice(0), ...held]) posting.refused(error);
  }

  #refuse({ topic, postings }: PartitionBatch, why: unknown): void {
    const large = answered(why, 'MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE');
    if (large && postings.length > 1) {
      // Not one of them may be: they go on one by one, before what came later.
      for (const posting of postings) posting.alone = true;
      this.#queue.unshift(...postings);
      return;
    }
    if (large) void this.#topics.learnLimit(topic);
    const error = isDenied(why)
      ? new PermissionDenied(this.#cluster.lacks('Write', `the topic ${topic}`), { cause: why })
      : new ConfigurationError(`the brokers do not take it on the topic ${topic}`, { cause: why });
    for (const posting of postings)
      posting.refused(large ? tooLarge(posting.record, this.#topics.limitOf(topic), why) : error);
  }

  #failed(why: unknown): void {
    this.#cluster.forget();
    this.#health.trouble(this.#name, this.#cluster.explain('the brokers cannot be reached', why));
  }
}

function tooLarge(record: OutgoingRecord, limit: number | undefined, cause?: unknown): PayloadTooLarge {
  const most = limit === undefined || limit === Infinity ? 'less' : `at most ${limit}`;
  return new PayloadTooLarge(
    `with all headers it has ${aloneSizeOf(record)} bytes, and the topic ${record.topic} takes ${most}: send a reference ` +
      'instead, or raise max.message.bytes of the topic',
    { cause },
  );
}
