import { Deadlines } from '@rookery/core';
import type { Cluster } from '../connection/cluster.js';
import type { Health } from '../connection/health.js';
import type { Lane } from '../connection/lane.js';
import { Lifetime } from '../connection/lifetime.js';
import { Fetcher, type Read } from '../fetch/fetcher.js';
import { offsetsAt, partitionsOf, type TopicPartition } from '../fetch/offsets.js';
import { Position } from '../fetch/position.js';
import { PartitionWatch } from '../topics/partition-watch.js';
import type { Topics } from '../topics/topics.js';
import type { Endpoint } from './endpoint.js';
import { Intake } from './intake.js';
import { Interest } from './interest.js';
import { PartitionLog } from './partition-log.js';
import { Waiting } from './waiting.js';

/** The events that each live replica gets: it reads all partitions itself from when it begins on, and in no group. */
export class Broadcasts {
  readonly #cluster: Cluster;
  readonly #lane: Lane;
  readonly #topics: Topics;
  readonly #fetcher: Fetcher;
  readonly #intake: Intake;
  readonly #endpoints: readonly Endpoint[];
  readonly #interest: Interest;
  readonly #inbox: string;
  readonly #deadlines: Deadlines;
  readonly #lifetime: Lifetime;
  readonly #logs = new Map<Position, PartitionLog>();
  readonly #known = new Set<string>();
  readonly #watch: PartitionWatch;
  #background: Promise<unknown> | undefined;

  constructor(
    service: string,
    endpoints: readonly Endpoint[],
    cluster: Cluster,
    topics: Topics,
    health: Health,
  ) {
    const { clock, settings } = cluster.surroundings;
    const { names } = settings;
    this.#cluster = cluster;
    this.#lane = cluster.lane();
    this.#topics = topics;
    this.#deadlines = new Deadlines(clock);
    this.#lifetime = new Lifetime(clock);
    this.#watch = new PartitionWatch(cluster, this.#lifetime);
    this.#inbox = names.inbox(service);
    // What waits is held in memory: a topic for it would be everybody's.
    const waiting = new Waiting(this.#deadlines, Infinity);
    this.#endpoints = endpoints;
    for (const endpoint of endpoints) endpoint.open((pending, after) => waiting.until(pending, after));
    this.#intake = new Intake(this.#endpoints, waiting, clock, names);
    this.#interest = new Interest(
      endpoints.map(({ subscription }) => subscription),
      [],
      names,
    );
    this.#fetcher = new Fetcher('broadcasts', cluster, health, (reads) => this.#take(reads));
  }

  /** Resolves when everything that is published from now on will be delivered. */
  async start(): Promise<void> {
    const always = [this.#inbox, ...this.#interest.exact];
    await this.#topics.ensure(always);
    await this.#read([...always, ...(await this.#interest.found(this.#cluster))], 'latest');
    this.#fetcher.start();
    this.#background ??= Promise.all([
      this.#discoverRegularly(),
      this.#watch.run((grown) => this.#add(grown, 'earliest')),
    ]);
  }

  quiesce(): void {
    for (const endpoint of this.#endpoints) endpoint.stop();
    for (const position of this.#logs.keys()) this.#fetcher.remove(position);
  }

  async stop(): Promise<void> {
    this.quiesce();
    this.#lifetime.end();
    await this.#fetcher.stop();
    await this.#background;
    for (const log of this.#logs.values()) log.close(this.#deadlines);
    await this.#lane.close();
  }

  async #read(topics: readonly string[], from: 'earliest' | 'latest'): Promise<void> {
    const added = topics.filter((topic) => !this.#known.has(topic));
    if (added.length === 0) return;
    await this.#add(await partitionsOf(added, this.#cluster), from);
  }

  async #add(partitions: readonly TopicPartition[], from: 'earliest' | 'latest'): Promise<void> {
    this.#watch.know(partitions);
    const offsets = await offsetsAt(from, partitions, this.#cluster, this.#lane);
    const { maxInHand } = this.#cluster.surroundings.settings;
    for (const [index, { topic, partition }] of partitions.entries()) {
      const position = new Position(topic, partition, offsets[index] ?? 0n);
      this.#known.add(topic);
      this.#logs.set(position, new PartitionLog(position, true, maxInHand, () => this.#fetcher.wake()));
      this.#fetcher.add([position]);
    }
  }

  #take(reads: readonly Read[]): void {
    for (const { position, records } of reads) {
      const log = this.#logs.get(position);
      if (log) this.#intake.take(log, records);
    }
  }

  async #discoverRegularly(): Promise<void> {
    const { settings, logger } = this.#cluster.surroundings;
    while (!this.#lifetime.ended && this.#interest.open) {
      await this.#lifetime.pause(settings.discoverInterval);
      if (this.#lifetime.ended) return;
      try {
        await this.#read(await this.#interest.found(this.#cluster), 'earliest');
      } catch (error) {
        logger.debug(`kafka: cannot look for new topics: ${String(error)}`);
      }
    }
  }
}
