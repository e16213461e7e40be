import { Base, kGetApi, type Broker, type ClusterMetadata, type ConnectionPool } from '@platformatic/kafka';
import type { Clock, Logger, Random } from '@rookery/core';
import type { Settings } from '../options.js';
import { Lane, type Api, type Brokers } from './lane.js';

/** What every part of a transport that talks to the brokers shares. */
export interface Surroundings {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** The brokers: who they are, who leads which partition. Says what it hears, and tries nothing twice. */
export class Cluster implements Brokers {
  readonly surroundings: Surroundings;
  readonly #base: Base;
  readonly #lanes = new Set<Lane>();
  readonly #lookout: Lane;
  readonly #apis = new Map<string, Promise<unknown>>();

  constructor(surroundings: Surroundings) {
    this.surroundings = surroundings;
    const { brokers, clientId, connectTimeout, requestTimeout } = surroundings.settings;
    this.#base = new Base({
      clientId,
      bootstrapBrokers: brokers.map(({ host, port }) => ({ host, port })),
      ...{ connectTimeout, requestTimeout, retries: 0, metadataMaxAge: 30_000 },
    });
    this.#lookout = this.lane();
  }

  /** For `unwrap()`. */
  get native(): { readonly client: Base; readonly connections: readonly ConnectionPool[] } {
    return {
      client: this.#base,
      connections: [this.#base.connections, ...[...this.#lanes].map(({ pool }) => pool)],
    };
  }

  /**
   * The brokers and the leaders of these topics.
   *
   * @param fresh asks even if it is known
   */
  async metadata(topics: readonly string[], fresh = false): Promise<ClusterMetadata> {
    return await this.#base.metadata({ topics: [...topics], forceUpdate: fresh });
  }

  /** Forgets who leads what, because that has changed. */
  forget(): void {
    this.#base.clearMetadata();
  }

  /** Which of these topics exist now; of all topics, without an argument. */
  async topics(names?: readonly string[]): Promise<string[]> {
    interface Listed {
      readonly topics: readonly {
        readonly name: string;
        readonly errorCode: number;
        readonly isInternal: boolean;
      }[];
    }
    let listed: Listed;
    try {
      listed = await this.#lookout.askAny<Listed>('Metadata', names ?? null, false, false);
    } catch (error) {
      const { response } = error as { response?: Listed };
      if (!response?.topics) throw error;
      listed = response;
    }
    return listed.topics
      .filter(({ errorCode, isInternal }) => errorCode === 0 && !isInternal)
      .map(({ name }) => name);
  }

  /** Connections of its own: on each, a broker answers one request after the other. */
  lane(): Lane {
    const lane = new Lane(this);
    this.#lanes.add(lane);
    return lane;
  }

  left(lane: Lane): void {
    this.#lanes.delete(lane);
  }

  api<Response>(name: string): Promise<Api<Response>> {
    let api = this.#apis.get(name) as Promise<Api<Response>> | undefined;
    if (api) return api;
    api = new Promise((resolve, reject) => {
      this.#base[kGetApi](name, (error, found) => {
        if (error) reject(error);
        else resolve(found as unknown as Api<Response>);
      });
    });
    this.#apis.set(name, api);
    api.catch(() => this.#apis.delete(name));
    return api;
  }

  async broker(node: number): Promise<Broker> {
    const { brokers } = this.#base.currentMetadata ?? (await this.metadata([]));
    const broker = brokers.get(node);
    if (broker) return broker;
    this.forget();
    throw new Error(`broker ${node} is not known any more`);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#lanes].map((lane) => lane.close()));
    await this.#base.close();
  }
}
