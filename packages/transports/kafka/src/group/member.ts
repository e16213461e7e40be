import { atMost, fencingTokenAfter, type Backoff } from '@rookery/core';
import { backoffOf } from '../connection/backoff.js';
import type { Cluster } from '../connection/cluster.js';
import { answered, isDenied } from '../connection/failure.js';
import type { Health } from '../connection/health.js';
import type { Lane } from '../connection/lane.js';
import { Lifetime } from '../connection/lifetime.js';
import type { TopicPartition } from '../fetch/offsets.js';
import { without } from './assignment.js';
import { commitOffsets, committedOffsets, type Note } from './committed-offsets.js';
import { Coordinator } from './coordinator.js';
import { Entrance } from './entrance.js';
import { hasLostMembership, isRebalancing, whyLost, whyNotIn } from './errors.js';

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
  readonly #entrance: Entrance;
  readonly #backoff: Backoff;
  readonly #rolling: boolean;
  #topics: readonly string[] = [];
  #generation = -1;
  /** When the group last had a word of it. */
  #heard = 0;
  #fencingToken = 0;
  #owned: TopicPartition[] = [];
  #rejoin = false;
  #begun = false;
  #done: Promise<void> | undefined;

  /** @param rolling whether members on stock Nest may be in the group */
  constructor(group: string, cluster: Cluster, health: Health, owner: Owner, rolling = false) {
    this.#name = `group ${group}`;
    this.#cluster = cluster;
    this.#coordinator = new Coordinator(group, cluster);
    this.#slow = cluster.lane();
    this.#quick = cluster.lane();
    this.#health = health;
    this.#owner = owner;
    this.#rolling = rolling;
    this.#lifetime = new Lifetime(cluster.surroundings.clock);
    this.#entrance = new Entrance(this.#coordinator, this.#slow, cluster, rolling);
    this.#backoff = backoffOf(cluster.surroundings);
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
    const pauses = backoffOf(this.#cluster.surroundings);
    for (;;) {
      const own = offsets.filter((offset) => this.owns(offset));
      if (own.length < offsets.length || own.length === 0) return false;
      const generation = this.#generation;
      const { memberId } = this.#entrance;
      try {
        await commitOffsets(own, { memberId, generation }, this.#coordinator, this.#quick);
        return true;
      } catch (error) {
        // While the members share out anew, what stays with it can be noted again in a moment.
        if (hasLostMembership(error) && generation === this.#generation) return false;
        if (this.#lifetime.ended) return false;
        if (isDenied(error)) {
          if (!this.#begun) throw error;
          this.#health.trouble(this.#name, this.#cluster.explain('', error));
        }
        await this.#lifetime.pause(pauses.next());
      }
    }
  }

  /** How far partitions were read before, and who has noted that. */
  notes(partitions: readonly TopicPartition[]): Promise<readonly Note[]> {
    return committedOffsets(partitions, this.#coordinator, this.#quick);
  }

  /** How far partitions were read before: -1 where nobody has noted that. */
  async committed(partitions: readonly TopicPartition[]): Promise<readonly bigint[]> {
    return (await this.notes(partitions)).map(({ offset }) => offset);
  }

  /** Leaves the group: others get its share at once. */
  async leave(): Promise<void> {
    if (this.#lifetime.ended) return;
    this.#lifetime.end();
    this.#steady.resolve();
    this.#owned = [];
    const { group } = this.#coordinator;
    if (this.#entrance.memberId !== '') {
      const left = this.#coordinator.ask(this.#quick, 'LeaveGroup', group, [
        { memberId: this.#entrance.memberId },
      ]);
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
        this.#backoff.reset();
        this.#health.well(this.#name);
        this.#begun = true;
        this.#steady.resolve();
        await this.#belong();
      } catch (error) {
        if (this.#lifetime.ended) return;
        if (hasLostMembership(error)) this.#lose(error);
        else if (!isRebalancing(error)) {
          this.#cluster.forget();
          const why = this.#cluster.explain(whyNotIn(error), error);
          // Before it was ever there nobody is served by waiting; later a right may come back.
          if (!this.#begun && why.recourse === 'terminal') {
            this.#steady.reject(why);
            return;
          }
          this.#health.trouble(this.#name, why);
          if (this.#missed) this.#lose(error);
          await this.#lifetime.pause(this.#backoff.next());
        }
      }
    }
  }

  /** Whether the group has had no word of it for so long that its share is others' by now. */
  get #missed(): boolean {
    const { clock, settings } = this.#cluster.surroundings;
    return clock.now() - this.#heard > settings.sessionTimeout;
  }

  /** Takes part in sharing out, as often as it takes until nobody has to let go of anything. */
  async #join(): Promise<void> {
    for (;;) {
      if (this.#lifetime.ended) return;
      this.#rejoin = false;
      // Who shares out as stock Nest does gives all of it anew, and does not wait for anybody to let go.
      if (this.#rolling && this.#owned.length > 0) await this.#letGo(this.#owned);
      const place = await this.#entrance.enter({
        topics: this.#topics,
        owned: this.#owned,
        generation: this.#generation,
        fencingToken: this.#fencingToken,
      });
      if (this.#lifetime.ended) return;
      const { partitions: assigned, fencingToken } = place;
      this.#generation = place.generation;
      this.#heard = this.#cluster.surroundings.clock.now();
      const revoked = without(this.#owned, assigned);
      if (revoked.length > 0) await this.#letGo(revoked);
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

  async #letGo(partitions: readonly TopicPartition[]): Promise<void> {
    await this.#owner.revoked(partitions);
    this.#owned = without(this.#owned, partitions);
  }

  /** Says that it is there until the members have to share out anew. */
  async #belong(): Promise<void> {
    const { settings, clock } = this.#cluster.surroundings;
    for (;;) {
      await this.#lifetime.pause(settings.heartbeat);
      if (this.#lifetime.ended || this.#rejoin) return;
      try {
        const { group } = this.#coordinator;
        await this.#coordinator.ask(
          this.#quick,
          'Heartbeat',
          group,
          this.#generation,
          this.#entrance.memberId,
          null,
        );
        this.#heard = clock.now();
        this.#health.well(this.#name);
      } catch (error) {
        if (this.#lifetime.ended) return;
        if (hasLostMembership(error) || isRebalancing(error)) throw error;
        this.#health.trouble(this.#name, this.#cluster.explain('the brokers cannot be reached', error));
        if (this.#missed) throw error;
      }
    }
  }

  #lose(error: unknown): void {
    if (answered(error, 'UNKNOWN_MEMBER_ID')) this.#entrance.memberId = '';
    const lost = this.#owned;
    this.#owned = [];
    this.#generation = -1;
    if (lost.length === 0) return;
    const { clock, logger, settings } = this.#cluster.surroundings;
    const why = whyLost(error, clock.now() - this.#heard, settings.sessionTimeout);
    logger.warn(
      `kafka, ${this.#name}: lost its ${lost.length} partitions; others get them, and what was not noted comes again there: ${why}`,
    );
    this.#owner.lost(lost);
  }
}
