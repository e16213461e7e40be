import type { Cluster } from '../connection/cluster.js';
import { answered } from '../connection/failure.js';
import type { Lane } from '../connection/lane.js';
import type { TopicPartition } from '../fetch/offsets.js';
import {
  decodeAssignment,
  share,
  STOCK_STRATEGY,
  STRATEGY,
  subscription,
  type MemberSubscription,
  type Share,
} from './assignment.js';
import type { Coordinator } from './coordinator.js';

const PROTOCOL = 'consumer';

interface Joined {
  readonly generationId: number;
  readonly memberId: string;
  readonly leader: string;
  readonly protocolName: string;
  readonly members: readonly MemberSubscription[];
}

/** What a member tells its group. */
export interface Application {
  readonly topics: readonly string[];
  readonly owned: readonly TopicPartition[];
  readonly generation: number;
  /** The largest that it knows. */
  readonly fencingToken: number;
}

/** What a member gets, and in which generation of its group. */
export interface Place extends Share {
  readonly generation: number;
}

/** How a member gets into its group; it shares out the partitions if it is asked to. */
export class Entrance {
  readonly #coordinator: Coordinator;
  readonly #lane: Lane;
  readonly #cluster: Cluster;
  readonly #strategies: readonly string[];
  /** Its name there; empty before it has one. */
  memberId = '';

  /**
   * @param lane for what waits
   * @param rolling whether members on stock Nest may be in the group, whose way of sharing out is offered as well
   */
  constructor(coordinator: Coordinator, lane: Lane, cluster: Cluster, rolling: boolean) {
    this.#coordinator = coordinator;
    this.#lane = lane;
    this.#cluster = cluster;
    this.#strategies = rolling ? [STRATEGY, STOCK_STRATEGY] : [STRATEGY];
  }

  async enter(application: Application): Promise<Place> {
    const { topics, owned, generation, fencingToken } = application;
    const joined = await this.#join(subscription(topics, owned, generation, fencingToken));
    const { generationId, memberId, leader, protocolName, members } = joined;
    this.memberId = memberId;
    const shares = leader === memberId ? await share(members, this.#cluster) : [];
    const { group } = this.#coordinator;
    const { assignment } = await this.#coordinator.ask<{ assignment: Buffer }>(
      this.#lane,
      'SyncGroup',
      ...[group, generationId, memberId, null, PROTOCOL, protocolName, shares],
    );
    const given = decodeAssignment(assignment);
    // Stock Nest shares out what it wants itself, among all: what others do not want is nobody's then.
    const partitions = given.partitions.filter(({ topic }) => topics.includes(topic));
    return { ...given, partitions, generation: generationId };
  }

  async #join(metadata: Buffer): Promise<Joined> {
    const { sessionTimeout } = this.#cluster.surroundings.settings;
    const strategies = this.#strategies.map((name) => ({ name, metadata }));
    const ask = (): Promise<Joined> =>
      this.#coordinator.ask<Joined>(
        this.#lane,
        'JoinGroup',
        ...[this.#coordinator.group, sessionTimeout, sessionTimeout, this.memberId, null, PROTOCOL],
        ...[strategies, null],
      );
    try {
      return await ask();
    } catch (error) {
      // Kafka gives a newcomer its name first.
      if (!answered(error, 'MEMBER_ID_REQUIRED')) throw error;
      this.memberId = (error as { response?: { memberId?: string } }).response?.memberId ?? '';
      return await ask();
    }
  }
}
