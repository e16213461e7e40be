import { Base, kGetApi, type Broker, type ClusterMetadata, type ConnectionPool } from '@platformatic/kafka';
import { ConfigurationError, type Clock, type Logger, type Random, type RookeryError } from '@rookery/core';
import { urlOf } from '../address.js';
import type { Settings } from '../options.js';
import { DENIED, explained, isDenied, isSilentEnd } from './failure.js';
import { Lane, type Api, type Brokers } from './lane.js';
import { lacks } from './missing-right.js';
import { whatIsWrong } from './probe.js';
import { connectionOptions } from './connection-options.js';
import { Troubles } from './troubles.js';

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
  readonly connecting: ReturnType<typeof connectionOptions>;
  readonly #base: Base;
  readonly #troubles = new Troubles();
  readonly #lanes = new Set<Lane>();
  readonly #lookout: Lane;
  readonly #apis = new Map<string, Promise<unknown>>();

  constructor(surroundings: Surroundings) {
    this.surroundings = surroundings;
    const { brokers, security, clientId, connectTimeout, requestTimeout } = surroundings.settings;
    this.connecting = connectionOptions(security, brokers, surroundings.logger);
    this.#base = new Base({
      clientId,
      bootstrapBrokers: brokers.map(({ host, port }) => ({ host, port })),
      ...{ connectTimeout, requestTimeout, retries: 0, metadataMaxAge: 30_000 },
      ...this.connecting,
    });
    this.#troubles.watch(this.#base.connections);
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
    return await this.#troubles.within(() =>
      this.#base.metadata({ topics: [...topics], forceUpdate: fresh }),
    );
  }

  /** What people are told of a failure; terminal when trying again would not help. */
  explain(what: string, cause: unknown): RookeryError {
    const { brokers, security } = this.surroundings.settings;
    const where = `Kafka at ${brokers.map((broker) => urlOf(broker, security.secure)).join(', ')}`;
    return explained(what, cause, where, security);
  }

  /** Words for a right that this side does not have. */
  lacks(operation: string, on: string): string {
    return lacks(this.surroundings.settings.security.login?.who ?? 'this side', operation, on);
  }

  /** As {@link explain}, after finding out what a connection that was broken without a word may mean. */
  async whyNot(what: string, cause: unknown): Promise<RookeryError> {
    const why = this.explain(what, cause);
    if (why.recourse === 'terminal' || !isSilentEnd(cause)) return why;
    const { settings } = this.surroundings;
    for (const broker of settings.brokers) {
      const wrong = await whatIsWrong(broker, settings, this.connecting);
      if (wrong !== undefined) return new ConfigurationError(wrong, { cause });
    }
    return why;
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
      if (!response?.topics || isDenied(error)) throw error;
      listed = response;
    }
    return listed.topics
      .filter(({ errorCode, isInternal }) => errorCode === 0 && !isInternal)
      .map(({ name }) => name);
  }

  /** What this side may do with topics, as far as they are there: a bit for each operation. */
  async topicRights(names: readonly string[]): Promise<ReadonlyMap<string, number>> {
    interface Listed {
      readonly topics: readonly {
        readonly name: string;
        readonly errorCode: number;
        readonly topicAuthorizedOperations: number;
      }[];
    }
    let listed: Listed;
    try {
      listed = await this.#lookout.askAny<Listed>('Metadata', names, false, true);
    } catch (error) {
      const { response } = error as { response?: Listed };
      if (!response?.topics) throw error;
      listed = response;
    }
    const known = listed.topics.filter(({ errorCode }) => errorCode === 0 || errorCode === DENIED);
    return new Map(
      known.map(({ name, errorCode, topicAuthorizedOperations: bits }) => [name, errorCode === 0 ? bits : 0]),
    );
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
    const found = (): Promise<Api<Response>> =>
      new Promise((resolve, reject) => {
        this.#base[kGetApi](name, (error, one) => {
          if (error) reject(error);
          else resolve(one as unknown as Api<Response>);
        });
      });
    api = this.#troubles.within(found);
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
