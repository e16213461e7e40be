import { ConfigurationError, parseTopology, type TlsOptions, type Topology } from '@rookery/core';
import { parseAddress, type BrokerUrl } from './address.js';
import { securityOf, type SaslMechanism, type SaslToken, type Security } from './connection/security.js';
import { namespaceOf } from './namespace.js';
import { wiresOf, type WireOptions, type WireSettings } from './nest-wire/options.js';
import { Names } from './topics/names.js';

/** Options of {@link kafka}. */
export interface KafkaOptions extends WireOptions {
  /**
   * One or more brokers, as `kafka://host:port`; they name the others. `kafkas:` is TLS. `kafka://user:password@host:port` has a
   * user for SASL, percent-encoded, and `?sasl=scram-sha-512` its mechanism. `kafka://host:port/staging` has a `namespace`.
   */
  readonly brokers: string | readonly string[];
  /**
   * The environment, of several on one cluster: the names of all topics and groups begin with it and a dot. 1 to 40 letters,
   * digits or `-`. Default: that of the url, or none.
   */
  readonly namespace?: string | undefined;
  /**
   * TLS, also to what is written `kafka:`, with these authorities, and with a certificate where the brokers ask for one. Files
   * are read again, if they have changed, whenever it connects.
   */
  readonly tls?: TlsOptions | undefined;
  /** The mechanism of SASL for the user in the url, default `plain`; or where a token comes from (OAUTHBEARER). */
  readonly sasl?: SaslMechanism | SaslToken | undefined;
  /** What the brokers see as the name of this client. Default `rookery`, in its namespace. */
  readonly clientId?: string | undefined;
  /**
   * Topics that are missing are made (`create`); or nothing is made, and what is missing is an error that names it (`none`),
   * and so is what is there with other partitions, replicas or settings than it would be made with (`verify`). Default
   * `create`.
   */
  readonly topology?: Topology | undefined;
  /** Replicas of a topic that is made. Default: as the brokers have it. */
  readonly replicationFactor?: number | undefined;
  /** Replicas that have to have a message before it is accepted, of a topic that is made. Default: as the brokers have it. */
  readonly minInSyncReplicas?: number | undefined;
  /**
   * Partitions of a topic that is made: of events (default: as the brokers have it), of the requests for one service (the
   * most replicas that can share them, default 16), and of the replies of all (default 16).
   */
  readonly partitions?:
    | {
        readonly events?: number | undefined;
        readonly requests?: number | undefined;
        readonly replies?: number | undefined;
      }
    | undefined;
  /** Bytes of the largest body. Default 921,600: with its headers it fits into what the brokers take by default. */
  readonly maxBody?: number | undefined;
  /** How many messages wait to be sent; more are refused with QueueFull. Default 10,000. */
  readonly maxWaiting?: number | undefined;
  /** How many events of one partition are in hand before it is read on. Default 1,000. */
  readonly maxInHand?: number | undefined;
  /** Milliseconds after which an event that the brokers have not stored is refused. Default 30,000. */
  readonly acceptTimeout?: number | undefined;
  /** Milliseconds for a connection to be made. Default 5,000. */
  readonly connectTimeout?: number | undefined;
  /** Milliseconds for a broker to answer. Default 30,000. */
  readonly requestTimeout?: number | undefined;
  /** Milliseconds that `open` waits for the brokers before it gives up. Default 30,000. */
  readonly openTimeout?: number | undefined;
  /** The first and the longest pause, in milliseconds, between two tries; each is random below. Default 50, 5,000. */
  readonly reconnect?: { readonly first: number; readonly longest: number } | undefined;
  /** Milliseconds without a word after which a replica counts as dead, and others get its work. Default 10,000. */
  readonly sessionTimeout?: number | undefined;
  /** Milliseconds between two words to the group. Default: a tenth of `sessionTimeout`. */
  readonly heartbeat?: number | undefined;
  /** Milliseconds between two notes of how far the events are handled; what came since comes again after a crash. Default 100. */
  readonly commitInterval?: number | undefined;
  /**
   * Milliseconds, rising: a try or an event that waits at least as long as the first is written to the service's retry topic
   * of the longest of these that does not exceed it; what waits less is held in memory. Default 1 s, 10 s, 1 min, 10 min, 1 h.
   */
  readonly retryTiers?: readonly number[] | undefined;
  /** Milliseconds between two looks for new topics that a subscription's wildcards match. Default 5,000. */
  readonly discoverInterval?: number | undefined;
  /** Milliseconds that `close` takes at most to hand over what it has. Default 2,000. */
  readonly closeTimeout?: number | undefined;
}

/** The options with all defaults, checked. */
export type Settings = {
  readonly [
    K in Exclude<
      keyof KafkaOptions,
      'brokers' | 'namespace' | 'tls' | 'sasl' | 'partitions' | keyof WireOptions
    >
  ]-?: NonNullable<KafkaOptions[K]>;
} & {
  readonly brokers: readonly BrokerUrl[];
  readonly security: Security;
  readonly partitions: { readonly events: number; readonly requests: number; readonly replies: number };
  readonly wires: WireSettings;
  readonly names: Names;
};

const TIERS = [1_000, 10_000, 60_000, 600_000, 3_600_000];

/** Kafka's own word for "as you have it". */
const BROKERS_DEFAULT = -1;

/** @throws ConfigurationError that names the option and what it has to be */
export function settingsOf(options: KafkaOptions): Settings {
  const { partitions = {}, reconnect, retryTiers = TIERS } = options;
  const brokers = [options.brokers].flat().map(parseAddress);
  if (brokers.length === 0)
    throw new ConfigurationError('brokers is empty; name at least one: kafka://host:port');
  const names = new Names(namespaceOf(options.namespace, brokers));
  const sessionTimeout = whole('sessionTimeout', options.sessionTimeout, 10_000);
  for (const [index, tier] of retryTiers.entries()) {
    if (tier <= (retryTiers[index - 1] ?? 0))
      throw new ConfigurationError(`retryTiers has to rise, and to begin above 0: ${retryTiers.join(', ')}`);
  }
  return {
    brokers,
    names,
    wires: wiresOf(options),
    security: securityOf(brokers, options.tls, options.sasl),
    clientId: options.clientId ?? names.within('rookery'),
    topology: parseTopology(options.topology, 'kafka: topology') ?? 'create',
    replicationFactor: whole('replicationFactor', options.replicationFactor, BROKERS_DEFAULT),
    minInSyncReplicas: whole('minInSyncReplicas', options.minInSyncReplicas, BROKERS_DEFAULT),
    partitions: {
      events: whole('partitions.events', partitions.events, BROKERS_DEFAULT),
      requests: whole('partitions.requests', partitions.requests, 16),
      replies: whole('partitions.replies', partitions.replies, 16),
    },
    maxBody: whole('maxBody', options.maxBody, 900 * 1024),
    maxWaiting: whole('maxWaiting', options.maxWaiting, 10_000),
    maxInHand: whole('maxInHand', options.maxInHand, 1_000),
    acceptTimeout: whole('acceptTimeout', options.acceptTimeout, 30_000),
    connectTimeout: whole('connectTimeout', options.connectTimeout, 5_000),
    requestTimeout: whole('requestTimeout', options.requestTimeout, 30_000),
    openTimeout: whole('openTimeout', options.openTimeout, 30_000),
    reconnect: {
      first: whole('reconnect.first', reconnect?.first, 50),
      longest: whole('reconnect.longest', reconnect?.longest, 5_000),
    },
    sessionTimeout,
    heartbeat: whole('heartbeat', options.heartbeat, Math.ceil(sessionTimeout / 10)),
    commitInterval: whole('commitInterval', options.commitInterval, 100),
    retryTiers,
    discoverInterval: whole('discoverInterval', options.discoverInterval, 5_000),
    closeTimeout: whole('closeTimeout', options.closeTimeout, 2_000),
  };
}

function whole(option: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new ConfigurationError(`${option} is ${value}; it has to be a whole number, at least 1`);
}
