import type { DeadLetterLog } from '@rookery/core';
import type { Cluster } from '../connection/cluster.js';
import type { Health } from '../connection/health.js';
import type { Lane } from '../connection/lane.js';
import { Fetcher, type Read } from '../fetch/fetcher.js';
import { offsetsAt } from '../fetch/offsets.js';
import { Position } from '../fetch/position.js';
import type { Outgoing } from '../produce/outgoing.js';
import type { Topics } from '../topics/topics.js';

/** A service's dead letters as a compacted topic: of each id Kafka keeps the latest, for as long as it is not gone. */
export class DeadLetters implements DeadLetterLog {
  readonly #topic: string;
  readonly #cluster: Cluster;
  readonly #lane: Lane;
  readonly #topics: Topics;
  readonly #outgoing: Outgoing;
  readonly #health: Health;
  readonly #connect: () => void;
  readonly #caughtUp = Promise.withResolvers<void>();
  #fetcher: Fetcher | undefined;

  /** @param connect called when it is used */
  constructor(
    service: string,
    cluster: Cluster,
    topics: Topics,
    outgoing: Outgoing,
    health: Health,
    connect: () => void,
  ) {
    this.#connect = connect;
    this.#topic = cluster.surroundings.settings.names.deadLetters(service);
    this.#cluster = cluster;
    this.#lane = cluster.lane();
    this.#topics = topics;
    this.#outgoing = outgoing;
    this.#health = health;
  }

  append(id: string, letter: string | undefined): Promise<void> {
    this.#connect();
    const { clock, settings } = this.#cluster.surroundings;
    const value = letter === undefined ? undefined : Buffer.from(letter);
    const record = { topic: this.#topic, partition: 0, key: Buffer.from(id), value, headers: [] };
    return new Promise((resolve, reject) => {
      this.#outgoing.post({ ...record, timestamp: clock.epoch() }, settings.acceptTimeout, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  async read(take: (id: string, letter: string | undefined) => void): Promise<void> {
    this.#connect();
    await this.#topics.ensure([this.#topic]);
    const partition = [{ topic: this.#topic, partition: 0 }];
    const [start = 0n] = await offsetsAt('earliest', partition, this.#cluster, this.#lane);
    const [end = 0n] = await offsetsAt('latest', partition, this.#cluster, this.#lane);
    const position = new Position(this.#topic, 0, start);
    this.#fetcher = new Fetcher('dead letters', this.#cluster, this.#health, (reads) => {
      give(reads, take);
      if (position.next >= end) this.#caughtUp.resolve();
    });
    if (start >= end) this.#caughtUp.resolve();
    this.#fetcher.add([position]);
    this.#fetcher.start();
    await this.#caughtUp.promise;
  }

  async stop(): Promise<void> {
    this.#caughtUp.resolve();
    await this.#fetcher?.stop();
    await this.#lane.close();
  }
}

function give(reads: readonly Read[], take: (id: string, letter: string | undefined) => void): void {
  for (const { records } of reads)
    for (const { key, value } of records) if (key) take(key.toString(), value?.toString());
}
