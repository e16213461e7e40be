import type { TopicPartition } from '../fetch/offsets.js';

/** What is known of a member when partitions are shared out. */
export interface Sharer {
  readonly memberId: string;
  readonly topics: readonly string[];
  /** What it says is its own, and since which generation of the group. */
  readonly owned: readonly TopicPartition[];
  readonly generation: number;
}

/**
 * Shares out each topic evenly among those who want it, and what is left over of all topics so that their totals are even as
 * well; each partition stays where it is if it can. One that is to change hands is nobody's until its owner has let go of it,
 * and comes back for its place: the cooperative way (KIP-429).
 *
 * Sticky assignors of Kafka's clients only look at the totals. One of two replicas may then get all of a busy topic, and the
 * other all of an idle one.
 *
 * @param counts how many partitions each topic has
 * @returns what each member gets, by its id
 */
export function evenShares(
  sharers: readonly Sharer[],
  counts: ReadonlyMap<string, number>,
): ReadonlyMap<string, readonly TopicPartition[]> {
  const members = sharers.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const owners = ownersOf(members);
  const shares = new Map(members.map(({ memberId }) => [memberId, [] as TopicPartition[]]));
  const totals = new Map<string, number>();
  for (const [topic, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const takers = members.filter(({ topics }) => topics.includes(topic)).map(({ memberId }) => memberId);
    if (takers.length === 0) continue;
    const owner = (partition: number): Owner | undefined => owners.get(`${topic}:${partition}`);
    const held = new Map(takers.map((id) => [id, range(count).filter((each) => owner(each) === id)]));
    const targets = targetsOf(takers, count, totals, held);
    for (const [id, target] of targets) {
      totals.set(id, (totals.get(id) ?? 0) + target);
      held.set(id, spread(held.get(id) ?? [], target)); // it lets go of the others
    }
    const open = (id: string): number => (targets.get(id) ?? 0) - (held.get(id)?.length ?? 0);
    const kept = new Set([...held.values()].flat());
    for (const partition of range(count)) {
      if (kept.has(partition)) continue;
      const [next = ''] = takers.toSorted((a, b) => open(b) - open(a)); // by turns
      held.get(next)?.push(partition);
    }
    for (const [id, theirs] of held) {
      // What another has comes the next time, when it has let go.
      const share = theirs.filter((partition) => (owner(partition) ?? id) === id).sort((a, b) => a - b);
      shares.get(id)?.push(...share.map((partition) => ({ topic, partition })));
    }
  }
  return shares;
}

/** The id of a member, or that several say it is theirs. */
type Owner = string | typeof CONTESTED;
const CONTESTED = Symbol('contested');

/** By topic and partition: who had it in the latest generation that anybody had it in. */
function ownersOf(members: readonly Sharer[]): ReadonlyMap<string, Owner> {
  const since = new Map<string, number>();
  const owners = new Map<string, Owner>();
  for (const { memberId, owned, generation } of members) {
    for (const { topic, partition } of owned) {
      const where = `${topic}:${partition}`;
      const other = since.get(where) ?? -Infinity;
      if (generation < other) continue;
      since.set(where, generation);
      owners.set(where, generation === other ? CONTESTED : memberId);
    }
  }
  return owners;
}

/** How many each gets: what does not divide evenly goes to who has the least, or to who has it already. */
function targetsOf(
  takers: readonly string[],
  count: number,
  totals: ReadonlyMap<string, number>,
  held: ReadonlyMap<string, readonly number[]>,
): ReadonlyMap<string, number> {
  const each = Math.floor(count / takers.length);
  const total = (id: string): number => totals.get(id) ?? 0;
  const more = (id: string): number => held.get(id)?.length ?? 0;
  const first = takers.toSorted((a, b) => total(a) - total(b) || more(b) - more(a) || (a < b ? -1 : 1));
  const extra = new Set(first.slice(0, count % takers.length));
  return new Map(takers.map((id) => [id, each + (extra.has(id) ? 1 : 0)]));
}

/** So many of them, and not all from one end: neighbours are often alike. */
function spread(partitions: readonly number[], count: number): number[] {
  const { length } = partitions;
  if (length <= count) return [...partitions];
  return partitions.filter(
    (_, index) => Math.floor((index * count) / length) < Math.floor(((index + 1) * count) / length),
  );
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
