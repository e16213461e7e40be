import { atMost, Deadlines, type Lag, type Subscription, type Timer } from '@rookery/core';
import type { Cluster } from '../connection/cluster.js';
import type { Health } from '../connection/health.js';
import type { Lane } from '../connection/lane.js';
import { Lifetime } from '../connection/lifetime.js';
import { Fetcher, type Read } from '../fetch/fetcher.js';
import { offsetsAt, partitionsOf, type TopicPartition } from '../fetch/offsets.js';
import { Position } from '../fetch/position.js';
import { groupLag, type GroupPosition } from '../group/group-lag.js';
import type { Owner } from '../group/member.js';
import { Memberships } from '../group/memberships.js';
import type { StockRequests } from '../nest-wire/stock-requests.js';
import type { Names } from '../topics/names.js';
import { PartitionWatch } from '../topics/partition-watch.js';
import type { Topics } from '../topics/topics.js';
import type { Outgoing } from '../produce/outgoing.js';
import type { Endpoint } from './endpoint.js';
import { Intake } from './intake.js';
import { Interest } from './interest.js';
import { Parking } from './parking.js';
import { PartitionLog } from './partition-log.js';
import { Waiting } from './waiting.js';

/**
 * The events that the replicas of a service share: one consumer group, which notes how far all is settled. What is not noted
 * when a replica dies is delivered again.
 */
export class GroupEvents implements Owner {
  readonly #service: string;
  readonly #names: Names;
  readonly #cluster: Cluster;
  readonly #lane: Lane;
  readonly #topics: Topics;
  readonly #member: Memberships;
  readonly #fetcher: Fetcher;
  readonly #intake: Intake;
  readonly #endpoints: readonly Endpoint[];
  readonly #requests: StockRequests | undefined;
  readonly #interest: Interest;
  readonly #inbox: string;
  readonly #waiting: Waiting;
  readonly #deadlines: Deadlines;
  readonly #lifetime: Lifetime;
  readonly #logs = new Map<string, PartitionLog>();
  #known: readonly string[] = [];
  /** Those of them that the group is told of. */
  #wanted: readonly string[] = [];
  #patience: Timer | undefined;
  /** Topics that were found while it was already reading: nothing in them is older than the subscription. */
  readonly #young = new Set<string>();
  /** Topics of which the group had noted how far it has read them when this replica began. */
  readonly #returning = new Set<string>();
  /** How many partitions there were then, by topic: in a new one nothing is older than the subscription. */
  readonly #counts = new Map<string, number>();
  readonly #watch: PartitionWatch;
  #background: Promise<unknown>[] = [];

  /** @param requests takes those of stock clients, if they are served */
  constructor(
    service: string,
    endpoints: readonly Endpoint[],
    cluster: Cluster,
    topics: Topics,
    outgoing: Outgoing,
    health: Health,
    requests?: StockRequests,
  ) {
    const { settings, clock } = cluster.surroundings;
    this.#service = service;
    this.#names = settings.names;
    this.#cluster = cluster;
    this.#lane = cluster.lane();
    this.#topics = topics;
    this.#deadlines = new Deadlines(clock);
    this.#lifetime = new Lifetime(clock);
    this.#watch = new PartitionWatch(cluster, this.#lifetime);
    this.#inbox = this.#names.inbox(service);
    const parking = new Parking(service, outgoing, settings, clock, (topic) => this.#find([topic]));
    const [hold = Infinity] = settings.retryTiers;
    this.#waiting = new Waiting(this.#deadlines, hold, (pending, wait) => parking.park(pending, wait));
    this.#endpoints = endpoints;
    for (const endpoint of endpoints)
      endpoint.open(
        (pending, after) => this.#waiting.until(pending, after),
        () => this.#turned(),
      );
    this.#intake = new Intake(this.#endpoints, this.#waiting, clock, this.#names, requests);
    this.#requests = requests;
    const subscriptions: Subscription[] = endpoints.map(({ subscription }) => subscription);
    this.#interest = new Interest(subscriptions, parking.topics, this.#names, requests?.topics);
    this.#member = new Memberships(service, cluster, health, this);
    this.#fetcher = new Fetcher('events', cluster, health, (reads) => this.#take(reads));
  }

  /** Resolves when everything that is published from now on will be delivered. */
  async start(): Promise<void> {
    const always = [this.#inbox, ...this.#interest.exact];
    await this.#topics.ensure(always);
    this.#known = [...always, ...(await this.#interest.found(this.#cluster))];
    const partitions = await partitionsOf(this.#known, this.#cluster);
    this.#watch.know(partitions);
    for (const { topic } of partitions) this.#counts.set(topic, (this.#counts.get(topic) ?? 0) + 1);
    const notes = await this.#member.notes(partitions);
    // Stock Nest notes nothing of a partition before it has read something there, and then begins at the end of it.
    for (const [index, { topic }] of partitions.entries()) if (notes[index]?.ours) this.#returning.add(topic);
    this.#want();
    this.#fetcher.start();
    await this.#member.start();
    const grown = this.#watch.run(async () => this.#want());
    this.#background = [this.#commitRegularly(), this.#discoverRegularly(), grown];
  }

  /** What the group has before it, by topic, in hand or not; what waits for its time is left out. */
  async lag(): Promise<Lag[]> {
    const topics = this.#known.filter((topic) => !this.#names.isRetries(topic));
    const position: GroupPosition = {
      committed: (partitions) => this.#member.committed(partitions),
      beginning: (partition) => (this.#fromStart(partition) ? 'earliest' : 'latest'),
      oldest: ({ topic, partition }) => this.#logs.get(`${topic}:${partition}`)?.oldest,
    };
    const lags = await groupLag(topics, position, this.#cluster, this.#lane);
    return lags.map((lag) => ({ service: this.#service, of: 'events', ...lag }));
  }

  /** Begins nothing more. What is in hand goes on, and stays its own. */
  quiesce(): void {
    for (const endpoint of this.#endpoints) endpoint.stop();
    this.#requests?.stop();
    for (const { position } of this.#logs.values()) this.#fetcher.remove(position);
  }

  /** Notes how far it has come and leaves the rest to others. */
  async stop(): Promise<void> {
    this.quiesce();
    this.#lifetime.end();
    this.#patience?.cancel();
    await this.#fetcher.stop();
    await Promise.all(this.#background);
    const { clock, settings } = this.#cluster.surroundings;
    // What asked for another try is to have it written down, and what is answered to be stored, before that is noted.
    const written = Promise.all([this.#waiting.written(), this.#requests?.answered()]);
    await atMost(clock, settings.closeTimeout, written);
    for (const log of this.#logs.values()) log.close(this.#deadlines);
    await atMost(clock, settings.closeTimeout, this.#commit());
    await this.#member.leave();
    await this.#lane.close();
  }

  async assigned(partitions: readonly TopicPartition[]): Promise<void> {
    const noted = await this.#member.committed(partitions);
    const starts = await offsetsAt('earliest', partitions, this.#cluster, this.#lane);
    const ends = await offsetsAt('latest', partitions, this.#cluster, this.#lane);
    const pinned: (TopicPartition & { offset: bigint })[] = [];
    for (const [index, { topic, partition }] of partitions.entries()) {
      const [note = -1n, start = 0n, end = 0n] = [noted[index], starts[index], ends[index]];
      const first = this.#fromStart({ topic, partition }) ? start : end;
      const next = note < 0n ? first : note < start ? start : note;
      if (note < 0n) pinned.push({ topic, partition, offset: next });
      const position = new Position(topic, partition, next);
      const { maxInHand } = this.#cluster.surroundings.settings;
      // What was held back is outside of the order.
      const fencing = this.#names.isRetries(topic) ? undefined : () => this.#member.fencingToken(topic);
      const log = new PartitionLog(
        position,
        this.#names.isRetries(topic),
        maxInHand,
        () => this.#fetcher.wake(),
        fencing,
      );
      this.#logs.set(`${topic}:${partition}`, log);
      this.#fetcher.add([position]);
    }
    // Noted before anything is read: whoever takes over must not begin at a later end.
    if (pinned.length > 0) await this.#member.commit(pinned);
  }

  async revoked(partitions: readonly TopicPartition[]): Promise<void> {
    const logs = this.#close(partitions);
    const { clock, settings } = this.#cluster.surroundings;
    // Nothing is said to the group meanwhile, so it must not take long; what is not settled then comes again elsewhere.
    await atMost(clock, settings.sessionTimeout / 3, Promise.all(logs.map((log) => log.quiet())));
    await this.#commit();
    this.#forget(partitions);
  }

  lost(partitions: readonly TopicPartition[]): void {
    this.#close(partitions);
    this.#forget(partitions);
  }

  #close(partitions: readonly TopicPartition[]): PartitionLog[] {
    const logs = partitions.flatMap(({ topic, partition }) => this.#logs.get(`${topic}:${partition}`) ?? []);
    for (const log of logs) {
      this.#fetcher.remove(log.position);
      log.close(this.#deadlines);
    }
    return logs;
  }

  #forget(partitions: readonly TopicPartition[]): void {
    for (const { topic, partition } of partitions) this.#logs.delete(`${topic}:${partition}`);
  }

  /** Whether what is in a partition is for this service, even if nobody has noted that it was ever here. */
  #fromStart({ topic, partition }: TopicPartition): boolean {
    if (topic === this.#inbox || this.#names.isRetries(topic) || this.#young.has(topic)) return true;
    if (this.#returning.has(topic) || partition >= (this.#counts.get(topic) ?? Infinity)) return true;
    return this.#returning.size > 0 && !this.#interest.exact.includes(topic);
  }

  #take(reads: readonly Read[]): void {
    for (const { position, records } of reads) {
      const log = this.#logs.get(`${position.topic}:${position.partition}`);
      if (log?.position === position && !log.closed) this.#intake.take(log, records);
    }
  }

  async #commitRegularly(): Promise<void> {
    while (!this.#lifetime.ended) {
      await this.#lifetime.pause(this.#cluster.surroundings.settings.commitInterval);
      if (!this.#lifetime.ended) await this.#lifetime.within(this.#commit());
    }
  }

  async #commit(): Promise<void> {
    const settled = [...this.#logs.values()].flatMap((log) => {
      const { uncommitted, position } = log;
      const { topic, partition } = position;
      return uncommitted === undefined ? [] : [{ log, topic, partition, offset: uncommitted }];
    });
    const own = settled.filter((one) => this.#member.owns(one));
    if (own.length === 0 || !(await this.#member.commit(own))) return;
    for (const { log, offset } of own) log.committed(offset);
  }

  async #discoverRegularly(): Promise<void> {
    const { settings, logger } = this.#cluster.surroundings;
    while (!this.#lifetime.ended && this.#interest.open) {
      await this.#lifetime.pause(settings.discoverInterval);
      if (this.#lifetime.ended) return;
      try {
        this.#find(await this.#interest.found(this.#cluster));
      } catch (error) {
        logger.debug(`kafka: cannot look for new topics: ${String(error)}`);
      }
    }
  }

  #find(topics: readonly string[]): void {
    const added = topics.filter((topic) => !this.#known.includes(topic));
    if (added.length === 0 || this.#lifetime.ended) return;
    for (const topic of added) this.#young.add(topic);
    this.#known = [...this.#known, ...added];
    this.#want();
    // Without an answer they all count as new, and the partitions are shared out once more.
    void partitionsOf(added, this.#cluster).then(
      (partitions) => this.#watch.know(partitions),
      () => undefined,
    );
  }

  /**
   * An endpoint pauses or goes on. A topic whose endpoints have all been paused for as long as it takes to be missed is left
   * to other replicas, and taken back at once when one of them goes on.
   */
  #turned(): void {
    this.#patience?.cancel();
    this.#patience = undefined;
    if (this.#lifetime.ended || this.#known.length === 0) return;
    const busy = this.#busy();
    if (busy.some((topic) => !this.#wanted.includes(topic))) this.#want();
    else if (busy.length < this.#wanted.length) {
      const { clock, settings } = this.#cluster.surroundings;
      this.#patience = clock.after(settings.sessionTimeout, () => this.#want());
    }
  }

  #want(): void {
    this.#wanted = this.#busy();
    this.#member.want(this.#wanted);
  }

  #busy(): readonly string[] {
    return this.#known.filter((topic) => this.#intake.takersOf(topic).some(({ paused }) => !paused));
  }
}
