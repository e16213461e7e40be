import type { Frame } from '@rookery/core';
import type { Cluster } from '../connection/cluster.js';
import type { Health } from '../connection/health.js';
import type { Lane } from '../connection/lane.js';
import { Lifetime } from '../connection/lifetime.js';
import { Fetcher, type Read } from '../fetch/fetcher.js';
import { offsetsAt, partitionsOf, type TopicPartition } from '../fetch/offsets.js';
import { Position } from '../fetch/position.js';
import { frameOfStock } from '../nest-wire/incoming-reply.js';
import type { StockReplies } from '../nest-wire/stock-reply.js';
import { PartitionWatch } from '../topics/partition-watch.js';
import { partitionOf } from './addresses.js';
import { addresseeOf, decodeFrame } from './frame-record.js';

/**
 * Reads what is for some addresses. Many share a partition, so what is for others is dropped unread; a partition for each
 * would have to be made whenever a replica is added.
 */
export class Replies {
  readonly #topic: string;
  readonly #cluster: Cluster;
  readonly #lane: Lane;
  readonly #addresses: ReadonlySet<string>;
  readonly #fetcher: Fetcher;
  readonly #receive: (frame: Frame) => void;
  readonly #lifetime: Lifetime;
  readonly #watch: PartitionWatch;
  readonly #read = new Set<number>();
  #watching: Promise<void> | undefined;
  readonly #stockReplies: StockReplies;
  #partition = 0;

  constructor(
    addresses: readonly string[],
    cluster: Cluster,
    health: Health,
    receive: (frame: Frame) => void,
    stockReplies: StockReplies,
  ) {
    this.#topic = cluster.surroundings.settings.names.replies;
    this.#cluster = cluster;
    this.#lane = cluster.lane();
    this.#addresses = new Set(addresses);
    this.#receive = receive;
    this.#lifetime = new Lifetime(cluster.surroundings.clock);
    this.#watch = new PartitionWatch(cluster, this.#lifetime);
    this.#stockReplies = stockReplies;
    this.#fetcher = new Fetcher('replies', cluster, health, (reads) => this.#take(reads));
  }

  /** The one in which what is for the first address comes. 0 before it is known. */
  get partition(): number {
    return this.#partition;
  }

  /** Begins at the end: resolves when everything that is sent from now on will be read. The topic has to be there. */
  async start(): Promise<void> {
    const partitions = await partitionsOf([this.#topic], this.#cluster);
    this.#watch.know(partitions);
    const own = this.#own(partitions.length);
    this.#partition = own[0]?.partition ?? 0;
    this.#add(own, await offsetsAt('latest', own, this.#cluster, this.#lane));
    this.#fetcher.start();
    this.#watching ??= this.#watch.run((added, before) => this.#grown(added, before));
  }

  async stop(): Promise<void> {
    this.#lifetime.end();
    await this.#watching;
    await this.#fetcher.stop();
    await this.#lane.close();
  }

  /** Those in which what is for the addresses is, if there are so many. */
  #own(count: number): TopicPartition[] {
    const numbers = new Set([...this.#addresses].map((address) => partitionOf(address) % Math.max(1, count)));
    return [...numbers].map((partition) => ({ topic: this.#topic, partition }));
  }

  #add(partitions: readonly TopicPartition[], offsets: readonly bigint[]): void {
    for (const [index, { topic, partition }] of partitions.entries()) {
      if (this.#read.has(partition)) continue;
      this.#read.add(partition);
      this.#fetcher.add([new Position(topic, partition, offsets[index] ?? 0n)]);
    }
  }

  /** Addresses are elsewhere now. What was sent there already is read; where they were is read on. */
  async #grown(added: readonly TopicPartition[], before: number): Promise<void> {
    const count = Math.max(...added.map(({ partition }) => partition)) + 1;
    const own = this.#own(count);
    const since = await offsetsAt(BigInt(Math.floor(before)), own, this.#cluster, this.#lane);
    const ends = await offsetsAt('latest', own, this.#cluster, this.#lane);
    this.#add(
      own,
      since.map((offset, index) => (offset < 0n ? (ends[index] ?? 0n) : offset)),
    );
    this.#cluster.surroundings.logger.error(
      `kafka: ${this.#topic} has been given more partitions, ${count} now, while services run: what was being answered then may ` +
        'have come late, and streams out of order. Do that while nothing runs',
    );
  }

  #take(reads: readonly Read[]): Promise<void> {
    const now = this.#cluster.surroundings.clock.epoch();
    for (const { records } of reads) {
      for (const record of records) {
        const to = addresseeOf(record);
        if (to !== undefined && !this.#addresses.has(to)) continue;
        const frame = to === undefined ? frameOfStock(record, this.#addresses) : decodeFrame(record, now);
        if (frame) this.#receive(frame);
      }
    }
    return this.#stockReplies.caughtUp();
  }
}
