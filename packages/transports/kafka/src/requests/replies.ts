import type { Frame } from '@rookery/core';
import type { Cluster } from '../connection/cluster.js';
import type { Health } from '../connection/health.js';
import type { Lane } from '../connection/lane.js';
import { Fetcher, type Read } from '../fetch/fetcher.js';
import { offsetsAt } from '../fetch/offsets.js';
import { Position } from '../fetch/position.js';
import { REPLIES } from '../topics/names.js';
import { partitionOf } from './addresses.js';
import { addresseeOf, decodeFrame } from './frame-record.js';

/**
 * Reads what is for some addresses. Many share a partition, so what is for others is dropped unread; a partition for each
 * would have to be made whenever a replica is added.
 */
export class Replies {
  readonly #cluster: Cluster;
  readonly #lane: Lane;
  readonly #addresses: ReadonlySet<string>;
  readonly #fetcher: Fetcher;
  readonly #receive: (frame: Frame) => void;

  constructor(
    addresses: readonly string[],
    cluster: Cluster,
    health: Health,
    receive: (frame: Frame) => void,
  ) {
    this.#cluster = cluster;
    this.#lane = cluster.lane();
    this.#addresses = new Set(addresses);
    this.#receive = receive;
    this.#fetcher = new Fetcher('replies', cluster, health, (reads) => this.#take(reads));
  }

  /** Begins at the end: resolves when everything that is sent from now on will be read. The topic has to be there. */
  async start(): Promise<void> {
    const { topics } = await this.#cluster.metadata([REPLIES]);
    const count = topics.get(REPLIES)?.partitionsCount ?? 1;
    const numbers = new Set([...this.#addresses].map((address) => partitionOf(address) % count));
    const partitions = [...numbers].map((partition) => ({ topic: REPLIES, partition }));
    const ends = await offsetsAt('latest', partitions, this.#cluster, this.#lane);
    this.#fetcher.add(
      partitions.map(({ topic, partition }, index) => new Position(topic, partition, ends[index] ?? 0n)),
    );
    this.#fetcher.start();
  }

  async stop(): Promise<void> {
    await this.#fetcher.stop();
    await this.#lane.close();
  }

  #take(reads: readonly Read[]): void {
    const now = this.#cluster.surroundings.clock.epoch();
    for (const { records } of reads) {
      for (const record of records) {
        const to = addresseeOf(record);
        if (to === undefined || !this.#addresses.has(to)) continue;
        const frame = decodeFrame(record, now);
        if (frame) this.#receive(frame);
      }
    }
  }
}
