import { fencingTokenAfter } from '@rookery/core';
import { atMost } from '../connection/at-most.js';
import { backoff } from '../connection/backoff.js';
import type { Cluster } from '../connection/cluster.js';
import { answered, unavailable } from '../connection/failure.js';
import type { Health } from '../connection/health.js';
import type { Lane } from '../connection/lane.js';
import { Lifetime } from '../connection/lifetime.js';
import type { TopicPartition } from '../fetch/offsets.js';
import {
  decodeAssignment,
  share,
  STRATEGY,
  subscription,
  without,
  type MemberSubscription,
} from './assignment.js';
import { committedOffsets } from './committed-offsets.js';
import { Coordinator } from './coordinator.js';
import { hasLostMembership, isRebalancing } from './errors.js';

const PROTOCOL = 'consumer';

/** Milliseconds. */
const LEAVE_TIMEOUT = 1_000;

/** Whose partitions a member gets. */
export interface Owner {
  /** These are its own from now on. Rejects when it cannot begin with them; they are given to it again then. */
  assigned(partitions: readonly TopicPartition[]): Promise<void>;
  /** Others are to get these; once it resolves, they do. */
  revoked(partitions: readonly TopicPartition[]): Promise<void>;
  /** These are no more its own, and may be others' already. */
  lost(partitions: readonly TopicPartition[]): void;
}

interface Joined {
  readonly generationId: number;
  readonly memberId: string;
  readonly leader: string;
  readonly protocolName: string;
  readonly members: readonly MemberSubscription[];
}

/**
 * One member of a consumer group, in the cooperative way: what stays with it is read on while the members share out anew, and
 * nobody gets a partition before its last owner has let go of it.
 */
export class GroupMember {
  readonly #name: string;
  readonly #cluster: Cluster;
  readonly #coordinator: Coordinator;
  /** For what waits: joining. */
  readonly #slow: Lane;
  readonly #quick: Lane;
  readonly #health: Health;
  readonly #owner: Owner;
  readonly #lifetime: Lifetime;
  readonly #steady = Promise.withResolvers<void>();
  #topics: readonly string[];
  #memberId = '';
  #generation = -1;
  #fencingToken = 0;
  #owned: TopicPartition[] = [];
  #rejoin = false;
  #failures = 0;
  #done: Promise<void> | undefined;

  constructor(group: string, topics: readonly string[], cluster: Cluster, health: Health, owner: Owner) {
    this.#name = `group ${group}`;
    this.#cluster = cluster;
    this.#coordinator = new Coordinator(group, cluster);
    this.#slow = cluster.lane();
    this.#quick = cluster.lane();
    this.#health = health;
    this.#owner = owner;
    this.#topics = topics;
    this.#lifetime = new Lifetime(cluster.surroundings.clock);
  }

  /** Begins; resolves when it has its first share, and reads it. */
  start(): Promise<void> {
    this.#done ??= this.#run();
    return this.#steady.promise;
  }

  /** Wants these topics from now on. */
  want(topics: readonly string[]): void {
    this.#topics = topics;
    this.#rejoin = true;
  }

  /** Under which it has what is its own: larger with each generation of the group. */
  get fencingToken(): number {
    return this.#fencingToken;
  }

  /** Whether this is its own now. */
  owns({ topic, partition }: TopicPartition): boolean {
    return this.#owned.some((own) => own.topic === topic && own.partition === partition);
  }

  /**
   * Notes how far partitions are read, as long as they are its own. Resolves with whether that is noted; if not, another may
   * have them.
   */
  async commit(offsets: readonly (TopicPartition & { readonly offset: bigint })[]): Promise<boolean> {
    for (let failures = 0; ;) {
      const own = offsets.filter((offset) => this.owns(offset));
      if (own.length < offsets.length || own.length === 0) return false;
      const generation = this.#generation;
      const topics = [...Map.groupBy(own, ({ topic }) => topic)].map(([name, theirs]) => ({
        name,
        partitions: theirs.map(({ partition, offset }) => ({
          ...{ partitionIndex: partition, committedOffset: offset },
          ...{ committedLeaderEpoch: -1, committedMetadata: null },
        })),
      }));
      try {
        const { group } = this.#coordinator;
        await this.#coordinator.ask(
          this.#quick,
          'OffsetCommit',
          group,
          generation,
          this.#memberId,
          null,
          topics,
        );
        return true;
      } catch (error) {
        // While the members share out anew, what stays with it can be noted again in a moment.
        if (hasLostMembership(error) && generation === this.#generation) return false;
        if (this.#lifetime.ended) return false;
        await this.#pause(++failures);
      }
    }
  }

  /** How far partitions were read before: -1 where nobody has noted that. */
  committed(partitions: readonly TopicPartition[]): Promise<readonly bigint[]> {
    return committedOffsets(partitions, this.#coordinator, this.#quick);
  }

  /** Leaves the group: others get its share at once. */
  async leave(): Promise<void> {
    if (this.#lifetime.ended) return;
    this.#lifetime.end();
    this.#steady.resolve();
    this.#owned = [];
    const { group } = this.#coordinator;
    if (this.#memberId !== '') {
      const left = this.#coordinator.ask(this.#quick, 'LeaveGroup', group, [{ memberId: this.#memberId }]);
      const { clock } = this.#cluster.surroundings;
      // Without its word they get it when its session is over.
      await atMost(
        clock,
        LEAVE_TIMEOUT,
        left.catch(() => undefined),
      );
    }
    await Promise.all([this.#slow.close(), this.#quick.close(), this.#coordinator.close()]);
    await this.#done;
    this.#health.well(this.#name);
  }

  async #run(): Promise<void> {
    while (!this.#lifetime.ended) {
      try {
        await this.#join();
        this.#failures = 0;
        this.#health.well(this.#name);
        this.#steady.resolve();
        await this.#belong();
      } catch (error) {
        if (this.#lifetime.ended) return;
        if (hasLostMembership(error)) this.#lose(answered(error, 'UNKNOWN_MEMBER_ID'));
        else if (!isRebalancing(error)) {
          this.#cluster.forget();
          this.#health.trouble(this.#name, unavailable('the brokers cannot be reached', error));
          await this.#pause(++this.#failures);
        }
      }
    }
  }

  /** Takes part in sharing out, as often as it takes until nobody has to let go of anything. */
  async #join(): Promise<void> {
    for (;;) {
      if (this.#lifetime.ended) return;
      this.#rejoin = false;
      const { generationId, memberId, leader, protocolName, members } = await this.#enter();
      this.#memberId = memberId;
      const shares = leader === memberId ? await share(memberId, members, this.#cluster) : [];
      const { group } = this.#coordinator;
      const { assignment } = await this.#coordinator.ask<{ assignment: Buffer }>(
        this.#slow,
        'SyncGroup',
        ...[group, generationId, memberId, null, PROTOCOL, protocolName, shares],
      );
      if (this.#lifetime.ended) return;
      this.#generation = generationId;
      const { partitions: assigned, fencingToken } = decodeAssignment(assignment);
      const revoked = without(this.#owned, assigned);
      if (revoked.length > 0) {
        await this.#owner.revoked(revoked);
        this.#owned = without(this.#owned, revoked);
      }
      // Not before: what another is to get stays under the old one.
      this.#fence(fencingToken);
      const added = without(assigned, this.#owned);
      if (added.length > 0) {
        this.#owned = [...this.#owned, ...added];
        try {
          await this.#owner.assigned(added);
        } catch (error) {
          this.#owned = without(this.#owned, added);
          throw error;
        }
      }
      if (revoked.length === 0) return;
    }
  }

  /** @param given by whoever has shared out, if it knows of fencing tokens */
  #fence(given: number): void {
    const { clock } = this.#cluster.surroundings;
    const last = this.#fencingToken;
    this.#fencingToken = given > last ? given : fencingTokenAfter(last, clock.epoch());
  }

  async #enter(): Promise<Joined> {
    const { sessionTimeout } = this.#cluster.surroundings.settings;
    const metadata = subscription(this.#topics, this.#owned, this.#generation, this.#fencingToken);
    const ask = (memberId: string): Promise<Joined> =>
      this.#coordinator.ask<Joined>(
        this.#slow,
        'JoinGroup',
        ...[this.#coordinator.group, sessionTimeout, sessionTimeout, memberId, null, PROTOCOL],
        ...[[{ name: STRATEGY, metadata }], null],
      );
    try {
      return await ask(this.#memberId);
    } catch (error) {
      // Kafka gives a newcomer its name first.
      if (!answered(error, 'MEMBER_ID_REQUIRED')) throw error;
      this.#memberId = (error as { response?: { memberId?: string } }).response?.memberId ?? '';
      return await ask(this.#memberId);
    }
  }

  /** Says that it is there until the members have to share out anew. */
  async #belong(): Promise<void> {
    const { heartbeat, sessionTimeout } = this.#cluster.surroundings.settings;
    const { clock } = this.#cluster.surroundings;
    let heard = clock.now();
    for (;;) {
      await this.#lifetime.pause(heartbeat);
      if (this.#lifetime.ended || this.#rejoin) return;
      try {
        const { group } = this.#coordinator;
        await this.#coordinator.ask(this.#quick, 'Heartbeat', group, this.#generation, this.#memberId, null);
        heard = clock.now();
        this.#health.well(this.#name);
      } catch (error) {
        if (this.#lifetime.ended) return;
        if (hasLostMembership(error) || isRebalancing(error)) throw error;
        this.#health.trouble(this.#name, unavailable('the brokers cannot be reached', error));
        // The group has given its share to others by now.
        if (clock.now() - heard > sessionTimeout) {
          this.#lose(false);
          throw error;
        }
      }
    }
  }

  #lose(forgotten: boolean): void {
    if (forgotten) this.#memberId = '';
    const lost = this.#owned;
    this.#owned = [];
    this.#generation = -1;
    if (lost.length > 0) this.#owner.lost(lost);
  }

  #pause(failures: number): Promise<void> {
    const { settings, random } = this.#cluster.surroundings;
    return this.#lifetime.pause(backoff(settings.reconnect, failures, random));
  }
}
