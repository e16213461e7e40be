import {
  ConnectionPool,
  type Broker,
  type ClusterMetadata,
  type Connection,
  type Writer,
} from '@platformatic/kafka';
import type { Settings } from '../options.js';
import type { connectionOptions } from './connection-options.js';
import { Troubles } from './troubles.js';

/** An API of Kafka's protocol, in the newest version that both sides speak. */
export interface Api<Response> {
  async(connection: Connection, ...args: unknown[]): Promise<Response>;
}

/** What a lane has to know of the brokers. */
export interface Brokers {
  readonly surroundings: { readonly settings: Settings };
  /** TLS and SASL of each connection. */
  readonly connecting: ReturnType<typeof connectionOptions>;
  metadata(topics: readonly string[]): Promise<ClusterMetadata>;
  api<Response>(name: string): Promise<Api<Response>>;
  broker(node: number): Promise<Broker>;
  /** The lane is closed. */
  left(lane: Lane): void;
}

/**
 * One connection to each broker. A broker answers what comes over one connection in its order, so whatever waits there (a
 * fetch, a join) has a lane of its own.
 */
export class Lane {
  readonly #cluster: Brokers;
  readonly #troubles = new Troubles();
  #pool: ConnectionPool;
  #closed = false;

  constructor(cluster: Brokers) {
    this.#cluster = cluster;
    this.#pool = this.#connect();
  }

  get pool(): ConnectionPool {
    return this.#pool;
  }

  /** Asks the broker with this number. Fails when it cannot be reached, does not answer, or answers with an error. */
  async ask<Response>(node: number, api: string, ...args: unknown[]): Promise<Response> {
    return await this.#troubles.within(async () => {
      const { found, connection } = await this.#reach<Response>(node, api);
      return await found.async(connection, ...args);
    });
  }

  /** As {@link ask}, with a request that the library does not write itself; it still reads the answer. */
  async askWritten<Response>(node: number, api: string, write: () => Writer): Promise<Response> {
    return await this.#troubles.within(async () => {
      const { found, connection } = await this.#reach<Response>(node, api);
      return await found.async(writing(connection, write));
    });
  }

  async #reach<Response>(
    node: number,
    api: string,
  ): Promise<{ found: Api<Response>; connection: Connection }> {
    const found = await this.#cluster.api<Response>(api);
    const broker = await this.#cluster.broker(node);
    return { found, connection: await this.#pool.get(broker) };
  }

  /** Asks any broker. */
  async askAny<Response>(api: string, ...args: unknown[]): Promise<Response> {
    const { brokers } = await this.#cluster.metadata([]);
    const [node] = [...brokers.keys()];
    if (node === undefined) throw new Error('the cluster has no brokers');
    return await this.ask(node, api, ...args);
  }

  /** Cuts its connections: what waits on them fails at once. */
  async cut(): Promise<void> {
    const pool = this.#pool;
    if (!this.#closed) this.#pool = this.#connect();
    for (const [, connection] of [...pool]) connection.socket.destroy();
    await pool.close();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#cluster.left(this);
    await this.cut();
  }

  #connect(): ConnectionPool {
    const { clientId, connectTimeout, requestTimeout } = this.#cluster.surroundings.settings;
    const { connecting } = this.#cluster;
    const pool = new ConnectionPool(clientId, { connectTimeout, requestTimeout, ...connecting });
    this.#troubles.watch(pool);
    return pool;
  }
}

/** A connection over which requests are sent with what `write` gives in place of what an API of the library writes. */
function writing(connection: Connection, write: () => Writer): Connection {
  const send: Connection['send'] = (key, version, _write, ...rest) =>
    connection.send(key, version, write, ...rest);
  return { send } as Connection;
}
