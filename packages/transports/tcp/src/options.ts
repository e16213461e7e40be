import { ConfigurationError } from '@rookery/core';
import { type Address, isLoopback, parseAddress } from './address.js';
import { type Limits, limitsOf, type TcpLimits } from './connection/limits.js';
import { type ReplicaOptions, type ReplicaSettings, replicaSettings } from './client/replica-options.js';
import {
  addressesIn,
  type ServiceAddresses,
  type WireOptions,
  type WireSettings,
  wiresOf,
} from './nest-wire/options.js';
import { MIN_MAX_FRAME } from './frames/protocol.js';
import { atLeast } from './number-option.js';
import { securityOf, type SecurityOptions, type SecuritySettings } from './security/options.js';

/** Options of {@link tcp}. */
export interface TcpOptions extends TcpLimits, ReplicaOptions, SecurityOptions, WireOptions {
  /** Where this process takes requests and events; nowhere when left out. Port 0 takes any free one. */
  readonly listen?: { readonly host: string; readonly port: number } | undefined;
  /**
   * Where the other services are: one address, or one for each replica, as `tcp://host:port`, or `tcps://` for TLS; with a
   * wire, where a service runs on stock Nest's TCP transport: `{ addresses, wire: 'nest' }`.
   */
  readonly services?: Readonly<Record<string, ServiceAddresses>> | undefined;
  /** The largest body in bytes, both ways. Default 16 MiB. */
  readonly maxBody?: number | undefined;
  /** The largest frame in bytes: an envelope with its headers, and 64 KiB of body. Default 256 KiB, at least 128. */
  readonly maxFrame?: number | undefined;
  /** How many requests wait for a connection to one service; more fail with QueueFull. Default 10,000. */
  readonly maxWaiting?: number | undefined;
  /** How many events are kept for one subscriber until it has them; more are refused with QueueFull. Default 10,000. */
  readonly maxEvents?: number | undefined;
  /** Milliseconds for a connection to be made and greeted. Default 5,000. */
  readonly connectTimeout?: number | undefined;
  /** The first and the longest pause, in milliseconds, between two tries to connect; each is random below. Default 50, 5,000. */
  readonly reconnect?: { readonly first: number; readonly longest: number } | undefined;
  /** Milliseconds without a byte before a PING, and again before the connection is given up. Default 10,000. */
  readonly heartbeat?: number | undefined;
  /**
   * Milliseconds that `quiesce` waits for the callers to say that nothing more comes from them. Requests that come later
   * are refused. Default 500.
   */
  readonly goodbyeTimeout?: number | undefined;
  /** Milliseconds that `close` takes at most to hand over what it has. Default 2,000. */
  readonly closeTimeout?: number | undefined;
}

/** The options with all defaults, checked. */
export type Settings = {
  readonly [
    K in Exclude<
      keyof TcpOptions,
      | keyof SecurityOptions
      | keyof ReplicaOptions
      | keyof TcpLimits
      | keyof WireOptions
      | 'listen'
      | 'services'
    >
  ]-?: NonNullable<TcpOptions[K]>;
} & {
  readonly listen: Address | undefined;
  readonly services: ReadonlyMap<string, readonly Address[]>;
  readonly limits: Limits;
  readonly replicas: ReplicaSettings;
  readonly security: SecuritySettings;
  readonly wires: WireSettings;
};

/** @throws ConfigurationError that names the option and what it has to be */
export function settingsOf(options: TcpOptions): Settings {
  const secure = options.tls !== undefined;
  const listen = options.listen && { ...options.listen, ...(secure ? { secure } : {}) };
  if (listen) checkListen(listen);
  const maxBody = atLeast(0, 'maxBody', options.maxBody ?? 16 * 1024 * 1024);
  const security = securityOf(options, listen);
  return {
    listen,
    services: addressesOf(options.services ?? {}, secure),
    security,
    replicas: replicaSettings(options),
    wires: wiresOf(
      options,
      options.services ?? {},
      listen && {
        loopback: isLoopback(listen.host),
        mutualTls: security.mutual,
        secret: security.secrets.length > 0,
      },
    ),
    maxBody,
    limits: limitsOf(options, maxBody),
    maxFrame: atLeast(MIN_MAX_FRAME, 'maxFrame', options.maxFrame ?? 2 * MIN_MAX_FRAME),
    maxWaiting: atLeast(0, 'maxWaiting', options.maxWaiting ?? 10_000),
    maxEvents: atLeast(1, 'maxEvents', options.maxEvents ?? 10_000),
    connectTimeout: atLeast(1, 'connectTimeout', options.connectTimeout ?? 5_000),
    reconnect: {
      first: atLeast(1, 'reconnect.first', options.reconnect?.first ?? 50),
      longest: atLeast(1, 'reconnect.longest', options.reconnect?.longest ?? 5_000),
    },
    heartbeat: atLeast(1, 'heartbeat', options.heartbeat ?? 10_000),
    goodbyeTimeout: atLeast(0, 'goodbyeTimeout', options.goodbyeTimeout ?? 500),
    closeTimeout: atLeast(0, 'closeTimeout', options.closeTimeout ?? 2_000),
  };
}

function checkListen(listen: Address): void {
  if (listen.host === '')
    throw new ConfigurationError('listen.host is empty; 127.0.0.1 is this machine only');
  if (!Number.isInteger(listen.port) || listen.port < 0 || listen.port > 65_535) {
    throw new ConfigurationError(
      `listen.port is ${listen.port}; it has to be from 0 (any free port) to 65535`,
    );
  }
}

function addressesOf(
  services: NonNullable<TcpOptions['services']>,
  secure: boolean,
): Map<string, readonly Address[]> {
  const known = new Map<string, readonly Address[]>();
  for (const [service, addresses] of Object.entries(services)) {
    const parsed = addressesIn(addresses).map((each) => {
      const address = parseAddress(each);
      return secure ? { ...address, secure } : address;
    });
    if (parsed.length === 0) throw new ConfigurationError(`services: '${service}' has no address`);
    known.set(service, parsed);
  }
  return known;
}
