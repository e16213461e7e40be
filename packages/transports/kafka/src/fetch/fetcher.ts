import type { Backoff } from '@rookery/core';
import { backoffOf } from '../connection/backoff.js';
import type { Cluster } from '../connection/cluster.js';
import { answered } from '../connection/failure.js';
import type { Health } from '../connection/health.js';
import type { Lane } from '../connection/lane.js';
import { Lifetime } from '../connection/lifetime.js';
import type { FetchResponse } from './fetch-response.js';
import type { FetchedRecord } from './fetched-record.js';
import { offsetsAt } from './offsets.js';
import type { Position } from './position.js';
import { readBatches } from './read-batches.js';

/** Milliseconds that a broker keeps a fetch while there is nothing new. */
const MAX_WAIT = 500;
/** The same while a partition is left out, which may be wanted again any time. */
const SHORT_WAIT = 20;
const MAX_BYTES = 32 * 1_048_576;
const MAX_PARTITION_BYTES = 1_048_576;

/**
 * Reads partitions, each from its position on, for as long as it is not stopped. What it has read is given away before more
 * is fetched from that broker.
 */
export class Fetcher {
  readonly #name: string;
  readonly #cluster: Cluster;
  readonly #lane: Lane;
  readonly #health: Health;
  readonly #lifetime: Lifetime;
  readonly #backoff: Backoff;
  readonly #take: (reads: readonly Read[]) => void | Promise<void>;
  readonly #positions = new Set<Position>();
  readonly #running = new Map<number, Promise<void>>();
  #wake = Promise.withResolvers<void>();
  #done: Promise<void> | undefined;

  constructor(
    name: string,
    cluster: Cluster,
    health: Health,
    take: (reads: readonly Read[]) => void | Promise<void>,
  ) {
    this.#name = name;
    this.#cluster = cluster;
    this.#lane = cluster.lane();
    this.#health = health;
    this.#lifetime = new Lifetime(cluster.surroundings.clock);
    this.#backoff = backoffOf(cluster.surroundings);
    this.#take = take;
  }

  add(positions: readonly Position[]): void {
    for (const position of positions) this.#positions.add(position);
    this.wake();
  }

  /** Reads it no more; what is being fetched of it is not given away. */
  remove(position: Position): void {
    this.#positions.delete(position);
  }

  /** A partition is wanted again. */
  wake(): void {
    this.#wake.resolve();
  }

  start(): void {
    this.#done ??= this.#run();
  }

  /** Reads no more. Resolves when what was read has been taken. */
  async stop(): Promise<void> {
    this.#lifetime.end();
    this.wake();
    await this.#lane.close();
    await this.#done;
    await Promise.all(this.#running.values());
    this.#health.well(this.#name);
  }

  async #run(): Promise<void> {
    while (!this.#lifetime.ended) {
      this.#wake = Promise.withResolvers();
      try {
        await this.#fetchAll();
      } catch (error) {
        await this.#failed(error);
        continue;
      }
      await Promise.race([this.#wake.promise, ...this.#running.values()]);
    }
  }

  async #fetchAll(): Promise<void> {
    const wanted = [...this.#positions].filter((position) => position.wanted);
    if (wanted.length === 0) return;
    const { topics } = await this.#cluster.metadata([...new Set(wanted.map(({ topic }) => topic))]);
    const byLeader = Map.groupBy(
      wanted,
      ({ topic, partition }) => topics.get(topic)?.partitions[partition]?.leader ?? -1,
    );
    for (const [leader, positions] of byLeader) {
      if (this.#running.has(leader)) continue;
      const ids = new Map(positions.map(({ topic }) => [topic, topics.get(topic)?.id ?? '']));
      const fetched = this.#fetch(leader, positions, ids)
        .catch((error: unknown) => this.#failed(error))
        .finally(() => this.#running.delete(leader));
      this.#running.set(leader, fetched);
    }
  }

  async #fetch(
    leader: number,
    positions: readonly Position[],
    ids: ReadonlyMap<string, string>,
  ): Promise<void> {
    const asked = [...Map.groupBy(positions, ({ topic }) => topic)].map(([topic, theirs]) => ({
      topicId: ids.get(topic) ?? '',
      partitions: theirs.map(({ partition, next }) => ({
        ...{ partition, currentLeaderEpoch: -1, fetchOffset: next, lastFetchedEpoch: -1 },
        ...{ partitionMaxBytes: MAX_PARTITION_BYTES },
      })),
    }));
    const wait = [...this.#positions].every(({ wanted }) => wanted) ? MAX_WAIT : SHORT_WAIT;
    let response: FetchResponse;
    let why: unknown;
    try {
      response = await this.#lane.ask(leader, 'Fetch', wait, 1, MAX_BYTES, 0, 0, -1, asked, [], '');
    } catch (error) {
      why = error;
      const partial = (error as { response?: FetchResponse }).response;
      if (!partial?.responses) return await this.#failed(error);
      response = partial;
    }
    if (this.#lifetime.ended) return;
    const reads: Read[] = [];
    const lost: Position[] = [];
    for (const { topicId, partitions } of response.responses) {
      for (const { partitionIndex, errorCode, records } of partitions) {
        const position = positions.find(
          ({ topic, partition }) => partition === partitionIndex && ids.get(topic) === topicId,
        );
        // It may have been given up while the broker was asked.
        if (!position || !this.#positions.has(position)) continue;
        if (errorCode !== 0) lost.push(position);
        else if (records && records.length > 0) {
          const read = readBatches(position, records);
          if (read.length > 0) reads.push({ position, records: read });
        }
      }
    }
    if (reads.length > 0) await this.#take(reads);
    if (why === undefined) this.#well();
    else await this.#recover(lost, why);
  }

  /** What was to be read next may be gone by retention: then the oldest that there is comes next. */
  async #recover(lost: readonly Position[], why: unknown): Promise<void> {
    if (!answered(why, 'OFFSET_OUT_OF_RANGE')) return await this.#failed(why);
    try {
      const starts = await offsetsAt('earliest', lost, this.#cluster, this.#lane);
      const ends = await offsetsAt('latest', lost, this.#cluster, this.#lane);
      for (const [index, position] of lost.entries()) {
        const [start = 0n, end = 0n] = [starts[index], ends[index]];
        if (position.next >= start && position.next <= end) continue;
        const { topic, partition, next } = position;
        const what = `${topic}/${partition}: offset ${next} is not there any more`;
        this.#cluster.surroundings.logger.warn(`${what}; reading on at ${start}, what was between is lost`);
        position.next = start;
      }
    } catch (error) {
      await this.#failed(error);
    }
  }

  #well(): void {
    this.#backoff.reset();
    this.#health.well(this.#name);
  }

  async #failed(error: unknown): Promise<void> {
    if (this.#lifetime.ended) return;
    this.#cluster.forget();
    this.#health.trouble(this.#name, this.#cluster.explain('the brokers cannot be reached', error));
    await this.#lifetime.pause(this.#backoff.next());
  }
}

/** What was read of one partition, in its order. */
export interface Read {
  readonly position: Position;
  readonly records: readonly FetchedRecord[];
}
