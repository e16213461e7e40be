import { atLeast, wholeAtLeast } from '../number-option.js';
import { type Lookup, systemLookup } from './replicas/lookup.js';

/** How the replicas of the other services are found, and who of them gets a call. */
export interface ReplicaOptions {
  /**
   * Host names in `services` stand for all their addresses, as those of headless services in Kubernetes do. A name is
   * looked up again every `interval` milliseconds while its service is used, and whenever a connection fails; IP
   * addresses and `localhost` are not. Addresses that are new are connected, those that are gone get no new calls.
   * Default: 5,000, and the machine's own resolver with /etc/hosts.
   */
  readonly resolve?: { readonly interval?: number; readonly lookup?: Lookup } | undefined;
  /**
   * How many connections are tried to each IP address. One address may stand for several replicas, as that of a load
   * balancer does: a connection that leads to a replica which is connected already is dropped and tried again later.
   * Default 3 for the address of a name that has only one, not on this machine; otherwise 1.
   */
  readonly connections?: number | undefined;
  readonly balance?: BalanceOptions | undefined;
}

/**
 * A replica that fails or is silent is left out for a while, then gets one call as a probe; its success lets it back
 * in. The last one that takes calls is never left out.
 */
interface BalanceOptions {
  /**
   * How many failures in a row it takes: connections lost under calls, calls without an answer by their deadline, and
   * answers that the service is unavailable. Default 3.
   */
  readonly failures?: number | undefined;
  /** Milliseconds that a replica is left out the first time; the second time it is twice that, and so on. Default 1,000. */
  readonly leaveOut?: number | undefined;
  /** The most milliseconds that a replica is left out, up to a quarter of chance aside. Default 30,000. */
  readonly longest?: number | undefined;
  /**
   * Milliseconds that a replica may have calls and answer none, while others answer, before it is left out; or five
   * times what the others take on average, if that is longer. `Infinity`: any time. Default 1,000.
   */
  readonly silence?: number | undefined;
}

/** The options with their defaults, checked. */
export interface ReplicaSettings {
  readonly interval: number;
  readonly lookup: Lookup;
  readonly connections: number | undefined;
  readonly balance: { readonly [K in keyof BalanceOptions]-?: number };
}

/** @throws ConfigurationError that names the option and what it has to be */
export function replicaSettings({ resolve, connections, balance }: ReplicaOptions): ReplicaSettings {
  return {
    interval: atLeast(1, 'resolve.interval', resolve?.interval ?? 5_000),
    lookup: resolve?.lookup ?? systemLookup,
    connections: connections === undefined ? undefined : wholeAtLeast(1, 'connections', connections),
    balance: {
      failures: wholeAtLeast(1, 'balance.failures', balance?.failures ?? 3),
      leaveOut: atLeast(1, 'balance.leaveOut', balance?.leaveOut ?? 1_000),
      longest: atLeast(1, 'balance.longest', balance?.longest ?? 30_000),
      silence:
        balance?.silence === Infinity ? Infinity : atLeast(1, 'balance.silence', balance?.silence ?? 1_000),
    },
  };
}
