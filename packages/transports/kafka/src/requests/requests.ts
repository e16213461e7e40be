import { atMost, type Frame, type Lag } from '@rookery/core';
import type { Cluster } from '../connection/cluster.js';
import type { Health } from '../connection/health.js';
import type { Lane } from '../connection/lane.js';
import { Lifetime } from '../connection/lifetime.js';
import { Fetcher, type Read } from '../fetch/fetcher.js';
import { offsetsAt, partitionsOf, type TopicPartition } from '../fetch/offsets.js';
import { Position } from '../fetch/position.js';
import { groupLag } from '../group/group-lag.js';
import { GroupMember, type Owner } from '../group/member.js';
import { PartitionWatch } from '../topics/partition-watch.js';
import { decodeFrame } from './frame-record.js';

/**
 * Takes the requests for a service. That one is taken is noted before it is handled: what is not noted because the members
 * share out anew is dropped here, and read by its new owner.
 */
export class Requests implements Owner {
  readonly #service: string;
  readonly #topic: string;
  readonly #cluster: Cluster;
  readonly #lane: Lane;
  readonly #member: GroupMember;
  readonly #fetcher: Fetcher;
  readonly #receive: (frame: Frame) => void;
  readonly #positions = new Map<string, Position>();
  readonly #lifetime: Lifetime;
  readonly #watch: PartitionWatch;
  #watching: Promise<void> | undefined;
  #taking = Promise.resolve();

  constructor(service: string, cluster: Cluster, health: Health, receive: (frame: Frame) => void) {
    const topic = cluster.surroundings.settings.names.requests(service);
    this.#service = service;
    this.#topic = topic;
    this.#cluster = cluster;
    this.#lane = cluster.lane();
    this.#lifetime = new Lifetime(cluster.surroundings.clock);
    this.#watch = new PartitionWatch(cluster, this.#lifetime);
    this.#receive = receive;
    this.#member = new GroupMember(topic, cluster, health, this);
    this.#member.want([topic]);
    this.#fetcher = new Fetcher('requests', cluster, health, (reads) => {
      this.#taking = this.#take(reads);
      return this.#taking;
    });
  }

  /** Resolves when it takes requests. The topic has to be there. */
  async start(): Promise<void> {
    this.#watch.know(await partitionsOf([this.#topic], this.#cluster));
    this.#fetcher.start();
    await this.#member.start();
    // New partitions are shared out when the group is told that it wants its topic.
    this.#watching ??= this.#watch.run(async () => this.#member.want([this.#topic]));
  }

  /** What nobody has taken yet. */
  async lag(): Promise<Lag[]> {
    const position = {
      committed: (partitions: readonly TopicPartition[]) => this.#member.committed(partitions),
      beginning: () => 'earliest' as const,
      oldest: () => undefined,
    };
    const lags = await groupLag([this.#topic], position, this.#cluster, this.#lane);
    return lags.map((lag) => ({ service: this.#service, of: 'requests', ...lag }));
  }

  /** Takes no more; what is taken is handled. Other replicas get what comes. */
  async stop(): Promise<void> {
    this.#lifetime.end();
    await this.#watching;
    for (const position of this.#positions.values()) this.#fetcher.remove(position);
    await this.#taken(this.#cluster.surroundings.settings.closeTimeout);
    await this.#member.leave();
    await this.#fetcher.stop();
    await this.#lane.close();
  }

  async assigned(partitions: readonly TopicPartition[]): Promise<void> {
    const noted = await this.#member.committed(partitions);
    const starts = await offsetsAt('earliest', partitions, this.#cluster, this.#lane);
    for (const [index, { topic, partition }] of partitions.entries()) {
      const [offset = -1n, start = 0n] = [noted[index], starts[index]];
      // Whoever has asked a service that has never been here waits for it.
      const position = new Position(topic, partition, offset < start ? start : offset);
      this.#positions.set(`${topic}:${partition}`, position);
      this.#fetcher.add([position]);
    }
  }

  async revoked(partitions: readonly TopicPartition[]): Promise<void> {
    this.lost(partitions);
    // Nothing is said to the group meanwhile, so it must not take long.
    await this.#taken(this.#cluster.surroundings.settings.sessionTimeout / 3);
  }

  lost(partitions: readonly TopicPartition[]): void {
    for (const { topic, partition } of partitions) {
      const position = this.#positions.get(`${topic}:${partition}`);
      if (position) this.#fetcher.remove(position);
      this.#positions.delete(`${topic}:${partition}`);
    }
  }

  /** Resolves when what was read is taken or dropped, or after `ms` milliseconds: the brokers may be away. */
  #taken(ms: number): Promise<void> {
    return atMost(this.#cluster.surroundings.clock, ms, this.#taking);
  }

  async #take(reads: readonly Read[]): Promise<void> {
    const own = reads.filter(({ position }) => this.#member.owns(position));
    const ends = own.map(({ position: { topic, partition, next } }) => ({ topic, partition, offset: next }));
    if (own.length === 0) return;
    if (!(await this.#member.commit(ends))) {
      // Those that stay here are read again.
      for (const { position, records } of own) position.next = records[0]?.offset ?? position.next;
      return;
    }
    const now = this.#cluster.surroundings.clock.epoch();
    for (const { records } of own) {
      for (const record of records) {
        const frame = decodeFrame(record, now);
        if (frame?.type === 'request') this.#receive(frame);
      }
    }
  }
}
