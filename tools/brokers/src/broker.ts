import type { BrokerTls, Listeners } from './security.js';

export const brokerKinds = ['rabbitmq', 'kafka', 'redis', 'nats'] as const;

export type BrokerKind = (typeof brokerKinds)[number];

/** How people write it. */
export const titles: Record<BrokerKind, string> = {
  rabbitmq: 'RabbitMQ',
  kafka: 'Kafka',
  redis: 'Redis',
  nats: 'NATS',
};

/** Where a proxy may stand between the broker and its clients. */
export interface Proxied {
  /** The port of loopback to which the proxy connects. */
  readonly target: number;
  /** The port at which the proxy has to listen, because the broker names it to its clients; any when left out. */
  readonly port?: number;
}

/** A server that answers. What is done to it happens to its process, by its id. */
export interface Broker {
  readonly kind: BrokerKind;
  /** `kafka://host:port`, and what else its kind has for addresses; stays the same over {@link restart}. */
  readonly url: string;
  /** Those that were asked for by `security`; none of a server that the environment named. */
  readonly listeners: Listeners;
  /** False when the environment named it; then all below except {@link stop} reject: it belongs to somebody else. */
  readonly ours: boolean;
  /** Of our own brokers. */
  readonly proxied?: Proxied | undefined;
  /** Id of the server's process; `undefined` while there is none. */
  readonly pid: number | undefined;
  /** Ends it as a crash does (SIGKILL) and resolves when it is gone. Its data stay. */
  kill(): Promise<void>;
  /** Stops it where it is (SIGSTOP): it keeps its sockets and does nothing. */
  pause(): Promise<void>;
  /** Lets it go on after {@link pause}. */
  resume(): Promise<void>;
  /** Starts it again on the same data and ports, after killing it if it runs; resolves when it answers. */
  restart(): Promise<void>;
  /** Ends it gracefully and removes its data. A server of the environment is left alone. */
  stop(): Promise<void>;
  /** Gives it other certificates, from its next start on, or (RabbitMQ) from `ctl('eval', 'ssl:clear_pem_cache().')` on. */
  certify(tls: BrokerTls): Promise<void>;
  /**
   * Runs `rabbitmqctl` or `redis-cli` with these arguments against this server and resolves with what it printed.
   *
   * @throws Error with what it said when it fails, and on a kind that has no such program
   */
  ctl(...args: string[]): Promise<string>;
}

/** No broker of this kind can be had on this machine: a reason to skip, unlike one that does not start. */
export class BrokerAbsent extends Error {
  override readonly name = 'BrokerAbsent';

  constructor(kind: BrokerKind, why: string) {
    super(`no ${titles[kind]} broker here: ${why}`);
  }
}
