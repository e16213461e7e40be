import { hasWildcards, PatternTable, type Subscription } from '@rookery/core';
import type { Cluster } from '../connection/cluster.js';
import type { Names } from '../topics/names.js';

/** Which topics some subscriptions are about. */
export class Interest {
  /** Of patterns without wildcards: they are there from the start. */
  readonly exact: readonly string[];
  readonly #wildcards: PatternTable<true> | undefined;
  readonly #own: readonly string[];
  readonly #names: Names;

  /**
   * @param own topics that are read as soon as they are there, whatever the subscriptions are about
   * @param requests topics of the requests of stock clients
   */
  constructor(
    subscriptions: readonly Subscription[],
    own: readonly string[],
    names: Names,
    requests: readonly string[] = [],
  ) {
    const patterns = subscriptions.flatMap((subscription) => subscription.patterns);
    const exact = patterns
      .filter((pattern) => !hasWildcards(pattern))
      .map((pattern) => names.topicOf(pattern));
    this.exact = [...new Set([...exact, ...requests])];
    this.#own = own;
    this.#names = names;
    const wild = patterns.filter(hasWildcards);
    if (wild.length === 0) return;
    this.#wildcards = new PatternTable();
    for (const pattern of wild) this.#wildcards.add(pattern, true);
  }

  /** Whether it can find more than it has named. */
  get open(): boolean {
    return this.#wildcards !== undefined || this.#own.length > 0;
  }

  /** Those that are there now and not exact. */
  async found(cluster: Cluster): Promise<string[]> {
    const wildcards = this.#wildcards;
    const there = wildcards ? this.#names.visible(await cluster.topics()) : await cluster.topics(this.#own);
    return there.filter((topic) => {
      if (this.exact.includes(topic)) return false;
      if (this.#own.includes(topic)) return true;
      const pattern = this.#names.patternOf(topic);
      return pattern !== undefined && (wildcards?.match(pattern).length ?? 0) > 0;
    });
  }
}
