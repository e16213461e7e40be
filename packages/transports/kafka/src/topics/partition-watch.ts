import type { Cluster } from '../connection/cluster.js';
import type { Lifetime } from '../connection/lifetime.js';
import { partitionsOf, type TopicPartition } from '../fetch/offsets.js';

/** Looks now and then whether somebody has given more partitions to topics, which Kafka tells nobody. */
export class PartitionWatch {
  readonly #cluster: Cluster;
  readonly #lifetime: Lifetime;
  readonly #known = new Set<string>();
  readonly #topics = new Set<string>();

  constructor(cluster: Cluster, lifetime: Lifetime) {
    this.#cluster = cluster;
    this.#lifetime = lifetime;
  }

  /** These are there, and nothing new; all others of their topics are. */
  know(partitions: readonly TopicPartition[]): void {
    for (const { topic, partition } of partitions) {
      this.#topics.add(topic);
      this.#known.add(`${topic}:${partition}`);
    }
  }

  /**
   * Looks until the end of the lifetime.
   *
   * @param grown called with new partitions, and with a moment at which they were not there: milliseconds since the Unix epoch;
   *   when it rejects, it is called with them again
   */
  async run(grown: (partitions: readonly TopicPartition[], before: number) => Promise<void>): Promise<void> {
    const { settings, clock, logger } = this.#cluster.surroundings;
    for (let before = clock.epoch(); !this.#lifetime.ended;) {
      await this.#lifetime.pause(settings.discoverInterval);
      if (this.#lifetime.ended) return;
      const now = clock.epoch();
      try {
        const there = await partitionsOf([...this.#topics], this.#cluster);
        const added = there.filter(({ topic, partition }) => !this.#known.has(`${topic}:${partition}`));
        if (added.length > 0) await grown(added, before);
        this.know(added);
        before = now;
      } catch (error) {
        logger.debug(`kafka: cannot look for new partitions: ${String(error)}`);
      }
    }
  }
}
