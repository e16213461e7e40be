import { ConfigurationError, PermissionDenied } from '@rookery/core';
import type { Cluster } from '../connection/cluster.js';
import { answered, isDenied, isUnknownTopic } from '../connection/failure.js';
import type { Lane } from '../connection/lane.js';
import type { Lifetime } from '../connection/lifetime.js';
import { offsetsAt, partitionsOf } from '../fetch/offsets.js';
import { configsOf } from './configs.js';
import { planOf, type TopicPlan } from './plan.js';
import { differencesOf } from './verify.js';

/** Milliseconds between two looks at a topic that is being made. */
const LOOK_AGAIN = 20;

/** The topics that are there. */
export class Topics {
  readonly #cluster: Cluster;
  readonly #lane: Lane;
  readonly #lifetime: Lifetime;
  readonly #known = new Set<string>();
  readonly #making = new Map<string, Promise<void>>();
  /** Bytes of the largest batch that each topic takes, as far as that is known. */
  readonly #limits = new Map<string, number>();

  constructor(cluster: Cluster, lifetime: Lifetime) {
    this.#cluster = cluster;
    this.#lane = cluster.lane();
    this.#lifetime = lifetime;
  }

  /** Whether it is known to be there. */
  has(topic: string): boolean {
    return this.#known.has(topic);
  }

  /** It was there, and is not any more. */
  gone(topic: string): void {
    this.#known.delete(topic);
  }

  /**
   * Resolves when all of them are there; those that are missing are made, if that is allowed.
   *
   * @throws ConfigurationError when one is missing that may not be made, or cannot be
   */
  async ensure(names: readonly string[]): Promise<void> {
    const missing = names.filter((name) => !this.#known.has(name));
    if (missing.length === 0) return;
    const mine = missing.filter((name) => !this.#making.has(name));
    const others = missing.flatMap((name) => this.#making.get(name) ?? []);
    const work = mine.length > 0 ? this.#make(mine) : undefined;
    for (const name of mine) if (work) this.#making.set(name, work);
    try {
      await Promise.all([work, ...others]);
    } finally {
      for (const name of mine) this.#making.delete(name);
    }
  }

  async #make(names: readonly string[]): Promise<void> {
    const { settings } = this.#cluster.surroundings;
    const there = await this.#cluster.topics(names);
    const plans = names.map((name) => planOf(name, settings));
    const missing = plans.filter(({ name }) => !there.includes(name));
    if (settings.topology !== 'create')
      await this.#assertAll(
        missing,
        plans.filter((plan) => !missing.includes(plan)),
      );
    else if (missing.length > 0) await this.#create(missing);
    await this.#led(names);
    await this.#learnLimits(names);
    for (const name of names) this.#known.add(name);
  }

  /** Bytes of the largest batch that a topic takes; `undefined` where the brokers do not say. */
  limitOf(topic: string): number | undefined {
    return this.#limits.get(topic);
  }

  /** Something was too large for a topic: its limit may have changed. */
  async learnLimit(topic: string): Promise<void> {
    await this.#learnLimits([topic]);
  }

  /** Without a right to see them, the brokers tell by what they refuse. */
  async #learnLimits(names: readonly string[]): Promise<void> {
    try {
      for (const [topic, configs] of await configsOf(names, this.#lane)) {
        const limit = Number(configs.get('max.message.bytes'));
        if (limit > 0) this.#limits.set(topic, limit);
      }
    } catch (error) {
      const { logger } = this.#cluster.surroundings;
      logger.debug(`kafka: cannot see what ${names.join(', ')} take at most: ${String(error)}`);
    }
  }

  /** Nothing is to be made. */
  async #assertAll(missing: readonly TopicPlan[], present: readonly TopicPlan[]): Promise<void> {
    const { topology } = this.#cluster.surroundings.settings;
    const differences = missing.map(({ name }) => `topic '${name}' is not there`);
    if (topology === 'verify') differences.push(...(await differencesOf(present, this.#cluster, this.#lane)));
    if (differences.length === 0) return;
    throw new ConfigurationError(
      `what is at the brokers is not what is needed, and topology is '${topology}': ${differences.join('; ')}. ` +
        "Make it so, or let it be made with topology: 'create'",
    );
  }

  /** Resolves when the leaders of all partitions know that they are: a topic is there a moment before it can be used. */
  async #led(names: readonly string[]): Promise<void> {
    while (!this.#lifetime.ended) {
      try {
        await offsetsAt('latest', await partitionsOf(names, this.#cluster), this.#cluster, this.#lane);
        return;
      } catch (error) {
        if (!answered(error, 'NOT_LEADER_OR_FOLLOWER', 'LEADER_NOT_AVAILABLE') && !isUnknownTopic(error))
          throw error;
        await this.#lifetime.pause(LOOK_AGAIN);
      }
    }
  }

  async #create(plans: readonly TopicPlan[]): Promise<void> {
    const names = plans.map(({ name }) => name).join(', ');
    const wanted = plans.map(({ name, partitions, replicationFactor, configs }) => ({
      ...{ name, numPartitions: partitions, replicationFactor, assignments: [] },
      configs: Object.entries(configs).map(([config, value]) => ({ name: config, value })),
    }));
    const { controllerId } = await this.#cluster.metadata([], true);
    try {
      await this.#lane.ask(controllerId, 'CreateTopics', wanted, 10_000, false);
    } catch (cause) {
      // Another process may make the same at the same time: what matters is that they are there.
      if (!answered(cause, 'TOPIC_ALREADY_EXISTS')) {
        if (isDenied(cause))
          throw new PermissionDenied(
            `the topics ${names} are missing, and cannot be made: ${this.#cluster.explain('', cause).message}`,
            { cause },
          );
        if (
          answered(
            cause,
            'INVALID_TOPIC_EXCEPTION',
            'INVALID_REPLICATION_FACTOR',
            'INVALID_PARTITIONS',
            'POLICY_VIOLATION',
            'INVALID_CONFIG',
          )
        )
          throw new ConfigurationError(`the brokers do not make the topics ${names}`, { cause });
        throw cause;
      }
    }
  }
}
