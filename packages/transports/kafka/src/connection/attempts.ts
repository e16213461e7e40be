import { urlOf } from '../address.js';
import { backoffOf } from './backoff.js';
import type { Cluster } from './cluster.js';
import type { Health } from './health.js';
import type { Lifetime } from './lifetime.js';

/** What is tried until it works: nobody has to start before the brokers. */
export class Attempts {
  readonly #cluster: Cluster;
  readonly #health: Health;
  readonly #lifetime: Lifetime;

  constructor(cluster: Cluster, health: Health, lifetime: Lifetime) {
    this.#cluster = cluster;
    this.#health = health;
    this.#lifetime = lifetime;
  }

  /** Where the brokers are, for people. */
  get where(): string {
    return this.#cluster.surroundings.settings.brokers
      .map((broker) => urlOf(broker, this.#cluster.surroundings.settings.security.secure))
      .join(', ');
  }

  /** Whether it is over: nothing is tried any more. */
  get ended(): boolean {
    return this.#lifetime.ended;
  }

  /** Tries until it works or the transport is closed. What can never work is thrown. */
  async until(step: () => Promise<void>): Promise<void> {
    const pauses = backoffOf(this.#cluster.surroundings);
    while (!this.#lifetime.ended) {
      try {
        await step();
        this.#health.well('connection');
        return;
      } catch (error) {
        const why = await this.#cluster.whyNot(`${this.where} cannot be reached`, error);
        if (why.recourse === 'terminal') throw why;
        this.#cluster.forget();
        this.#health.trouble('connection', why);
        await this.#lifetime.pause(pauses.next());
      }
    }
  }
}
