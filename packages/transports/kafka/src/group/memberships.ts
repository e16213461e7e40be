import type { Cluster } from '../connection/cluster.js';
import type { Health } from '../connection/health.js';
import type { TopicPartition } from '../fetch/offsets.js';
import type { Names } from '../topics/names.js';
import type { Note } from './committed-offsets.js';
import { GroupMember, type Owner } from './member.js';

type Offset = TopicPartition & { readonly offset: bigint };

/**
 * The groups of which a replica is a member for its events: that of the service, and where a group is kept, that one for the
 * topics of patterns. What is in Rookery's own topics is nothing for who else may be in it.
 */
export class Memberships {
  readonly #names: Names;
  readonly #own: GroupMember;
  readonly #patterns: GroupMember;
  readonly #all: ReadonlySet<GroupMember>;

  constructor(service: string, cluster: Cluster, health: Health, owner: Owner) {
    const { names, wires } = cluster.surroundings.settings;
    const own = names.within(service);
    const { group = own, rolling } = wires;
    this.#names = names;
    this.#patterns = new GroupMember(group, cluster, health, owner, rolling);
    this.#own = group === own ? this.#patterns : new GroupMember(own, cluster, health, owner);
    this.#all = new Set([this.#own, this.#patterns]);
  }

  /** Resolves when it has its first shares. */
  async start(): Promise<void> {
    await Promise.all([...this.#all].map((member) => member.start()));
  }

  /** See {@link GroupMember.want}. */
  want(topics: readonly string[]): void {
    for (const member of this.#all) member.want(topics.filter((topic) => this.#of(topic) === member));
  }

  fencingToken(topic: string): number {
    return this.#of(topic).fencingToken;
  }

  owns(partition: TopicPartition): boolean {
    return this.#of(partition.topic).owns(partition);
  }

  /** See {@link GroupMember.commit}; resolves with whether all is noted. */
  async commit(offsets: readonly Offset[]): Promise<boolean> {
    const byMember = Map.groupBy(offsets, ({ topic }) => this.#of(topic));
    const noted = await Promise.all([...byMember].map(([member, theirs]) => member.commit(theirs)));
    return noted.every(Boolean);
  }

  /** See {@link GroupMember.notes}. */
  async notes(partitions: readonly TopicPartition[]): Promise<readonly Note[]> {
    const found = new Map<TopicPartition, Note>();
    for (const [member, theirs] of Map.groupBy(partitions, ({ topic }) => this.#of(topic))) {
      for (const [index, note] of (await member.notes(theirs)).entries()) {
        const partition = theirs[index];
        if (partition) found.set(partition, note);
      }
    }
    return partitions.flatMap((partition) => found.get(partition) ?? []);
  }

  /** See {@link GroupMember.committed}. */
  async committed(partitions: readonly TopicPartition[]): Promise<readonly bigint[]> {
    return (await this.notes(partitions)).map(({ offset }) => offset);
  }

  async leave(): Promise<void> {
    await Promise.all([...this.#all].map((member) => member.leave()));
  }

  #of(topic: string): GroupMember {
    return this.#names.isOwn(topic) ? this.#own : this.#patterns;
  }
}
