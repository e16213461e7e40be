import {
  ConfigurationError,
  Credentials,
  parseTopology,
  type TlsOptions,
  type Topology,
} from '@rookery/core';
import {
  serverSettings,
  serviceSettings,
  type NestServerOptions,
  type NestServerSettings,
  type NestServiceOptions,
  type NestServiceSettings,
} from './nest-wire/options.js';

/** Options of {@link rabbitmq}. */
export interface RabbitmqOptions {
  /**
   * Where the broker is, `amqp://user:password@host:port/vhost`; of several, the nodes of one cluster, the next one is tried
   * when one is lost. Users and passwords are percent-encoded. `amqps:` is TLS.
   */
  readonly url: string | readonly string[];
  /**
   * TLS, also to what is written `amqp:`, with these authorities, and with a certificate where the broker asks for one. With a
   * certificate and no user in the url, the certificate says who this side is (EXTERNAL). Files are read again, if they have
   * changed, whenever it connects.
   */
  readonly tls?: TlsOptions | undefined;
  /**
   * The first word of the names of all exchanges and queues; systems that share a virtual host and not their messages have
   * different ones. Letters, digits, `_` and `-`. Default `rookery`.
   */
  readonly prefix?: string | undefined;
  /**
   * Whether exchanges and queues are made (`create`), only checked (`verify`: a difference is a ConfigurationError that names
   * it), or taken for granted (`none`). What belongs to one replica is always made. Default `create`.
   */
  readonly topology?: Topology | undefined;
  /**
   * Speak the wire of stock Nest's RabbitMQ transport too: the queue that stock clients of this service send to, by the options that
   * its stock server had. Default: it is not spoken.
   */
  readonly nest?: NestServerOptions | undefined;
  /** The services that run on stock Nest's RabbitMQ transport, by name; all others are called on Rookery's own wire. */
  readonly services?: Readonly<Record<string, NestServiceOptions>> | undefined;
  /** The largest body in bytes, both ways. Default 1 MiB. */
  readonly maxBody?: number | undefined;
  /**
   * Bytes of the largest body that the broker takes (its `max_message_size`), which it does not say before it refuses one.
   * Default 134,217,728, as RabbitMQ 3; RabbitMQ 4 has 16,777,216.
   */
  readonly maxMessageSize?: number | undefined;
  /** How many requests and frames wait while there is no connection; more requests fail with QueueFull. Default 10,000. */
  readonly maxWaiting?: number | undefined;
  /**
   * How many events wait in the queue of one endpoint; when it is full, events for it are refused with QueueFull. It belongs
   * to the queue: whoever changes it has to delete the queue first. Default 1,000,000.
   */
  readonly maxEvents?: number | undefined;
  /** How many events wait for the broker to confirm that it has them; more are refused with QueueFull. Default 10,000. */
  readonly maxUnconfirmed?: number | undefined;
  /** Milliseconds for the broker to confirm an event; then it is refused, with what is known of it. Default 30,000. */
  readonly confirmTimeout?: number | undefined;
  /** How many requests one replica is given ahead of those that it has taken. Default 256. */
  readonly prefetch?: number | undefined;
  /** Milliseconds by which the clocks of two machines may differ, see the time that is left to a request. Default 1,000. */
  readonly maxClockSkew?: number | undefined;
  /** Milliseconds for a connection to be made. Default 5,000. */
  readonly connectTimeout?: number | undefined;
  /** Milliseconds that the start waits for a broker that does not answer yet. Default 30,000. */
  readonly startTimeout?: number | undefined;
  /** The first and the longest pause, in milliseconds, between two tries to connect; each is random below. Default 50, 5,000. */
  readonly reconnect?: { readonly first: number; readonly longest: number } | undefined;
  /** Milliseconds without a byte after which a connection is lost, in whole seconds. Default 10,000. */
  readonly heartbeat?: number | undefined;
  /** Milliseconds that `close` takes at most to hand over what it has. Default 5,000. */
  readonly closeTimeout?: number | undefined;
}

/** The options with all defaults, checked. */
export type Settings = Omit<
  { readonly [K in keyof RabbitmqOptions]-?: NonNullable<RabbitmqOptions[K]> },
  'url' | 'tls' | 'nest' | 'services'
> & {
  readonly urls: readonly [URL, ...URL[]];
  readonly tls: Credentials | undefined;
  /** `undefined` when the stock wire is not served. */
  readonly nest: NestServerSettings | undefined;
  /** The stock services that are called. */
  readonly services: ReadonlyMap<string, NestServiceSettings>;
};

/** @throws ConfigurationError that names the option and what it has to be */
export function settingsOf(options: RabbitmqOptions): Settings {
  const { prefix = 'rookery', reconnect } = options;
  if (!/^[A-Za-z0-9_-]{1,40}$/.test(prefix)) {
    throw new ConfigurationError(
      `rabbitmq: prefix is "${prefix}"; it has to be 1 to 40 letters, digits, '_' or '-'`,
    );
  }
  const [first, ...others] = (typeof options.url === 'string' ? options.url.split(',') : options.url).map(
    urlOf,
  );
  if (!first) throw new ConfigurationError('rabbitmq: url is empty; write amqp://127.0.0.1:5672');
  completeAll(first, others);
  const { tls } = options;
  if (tls) for (const url of [first, ...others]) url.protocol = 'amqps:';
  const maxMessageSize = whole('maxMessageSize', options.maxMessageSize, 134_217_728);
  return {
    urls: [first, ...others],
    tls: tls && new Credentials(tls),
    prefix,
    topology: parseTopology(options.topology, 'rabbitmq: topology') ?? 'create',
    nest: options.nest && serverSettings(options.nest),
    services: new Map(
      Object.entries(options.services ?? {}).map(([name, each]) => [name, serviceSettings(name, each)]),
    ),
    maxBody: whole('maxBody', options.maxBody, 1_048_576, maxMessageSize),
    maxMessageSize,
    maxWaiting: whole('maxWaiting', options.maxWaiting, 10_000),
    maxEvents: whole('maxEvents', options.maxEvents, 1_000_000),
    maxUnconfirmed: whole('maxUnconfirmed', options.maxUnconfirmed, 10_000),
    confirmTimeout: whole('confirmTimeout', options.confirmTimeout, 30_000),
    prefetch: whole('prefetch', options.prefetch, 256, 65_535),
    maxClockSkew: whole('maxClockSkew', options.maxClockSkew, 1_000, Infinity, 0),
    connectTimeout: whole('connectTimeout', options.connectTimeout, 5_000),
    startTimeout: whole('startTimeout', options.startTimeout, 30_000),
    reconnect: {
      first: whole('reconnect.first', reconnect?.first, 50),
      longest: whole('reconnect.longest', reconnect?.longest, 5_000),
    },
    heartbeat: whole('heartbeat', options.heartbeat, 10_000),
    closeTimeout: whole('closeTimeout', options.closeTimeout, 5_000, Infinity, 0),
  };
}

/** In `amqp://user:password@a,amqp://b/vhost` all mean one user and one virtual host. */
function completeAll(first: URL, others: readonly URL[]): void {
  const all = [first, ...others];
  const vhost = all.findLast(({ pathname }) => pathname.length > 1)?.pathname;
  for (const url of all) {
    if (url.username === '') Object.assign(url, { username: first.username, password: first.password });
    if (vhost !== undefined && url.pathname.length <= 1) url.pathname = vhost;
  }
}

function urlOf(text: string): URL {
  const url = URL.parse(text);
  if (url && (url.protocol === 'amqp:' || url.protocol === 'amqps:') && url.hostname !== '') {
    for (const part of [url.username, url.password, url.pathname]) decodable(part);
    return url;
  }
  // the text may have a password in it
  throw new ConfigurationError(
    'rabbitmq: url has to be like amqp://user:password@host:5672/vhost, or amqps: for TLS',
  );
}

function decodable(part: string): void {
  try {
    decodeURIComponent(part);
  } catch {
    throw new ConfigurationError(
      "rabbitmq: url has a '%' in its user, password or virtual host that begins no byte; write it as %25",
    );
  }
}

function whole(
  option: string,
  given: number | undefined,
  otherwise: number,
  most = Infinity,
  least = 1,
): number {
  const value = given ?? otherwise;
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  const range = most === Infinity ? `at least ${least}` : `from ${least} to ${most}`;
  throw new ConfigurationError(`rabbitmq: ${option} is ${value}; it has to be a whole number, ${range}`);
}
