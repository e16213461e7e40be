import type { TelemetryOptions } from '../telemetry/options.js';
import type { TransportFactory } from '../transport/factory.js';
import type { TlsOptions } from '../transport/security.js';
import type { Topology } from '../transport/topology.js';
import type { Wire } from '../transport/wire.js';

/** Where a service is, and what is spoken there. */
export interface ServiceUrl {
  readonly url: string;
  /** `nest` for a service that runs on the stock transport of Nest. Default `rookery`. */
  readonly wire?: Wire;
}

/** Where things are: what a server, a client and a module say in the same words. */
export interface ConnectionOptions {
  /**
   * Picks the transport by its scheme: `memory:`, `tcp://host:port`; several hosts separated by commas. It is where a
   * service listens, or where a client's target is. The environment's `ROOKERY_URL` beats it.
   */
  readonly url?: string;
  /**
   * Direct transports: where the other services are, as `{ math: 'tcp://10.0.0.5:3001' }`. The environment's
   * `ROOKERY_SERVICES` (`math=tcp://…,users=tcp://…`) beats it, service by service; a wire that is said here stays. One
   * that runs on stock Nest is `{ url: 'tcp://10.0.0.9:3001', wire: 'nest' }`.
   */
  readonly services?: Readonly<Record<string, string | ServiceUrl>>;
  /** In place of `url`: a transport with all its options, as `tcp({ … })`. The environment does not touch it. */
  readonly transport?: TransportFactory;
  /**
   * Speak TLS, as PEM or paths of files, which are read again when they change. The environment's `ROOKERY_TLS_CA`,
   * `ROOKERY_TLS_CERT` and `ROOKERY_TLS_KEY` (paths) beat it, one by one.
   */
  readonly tls?: TlsOptions;
  /**
   * A secret that this side proves to have and asks others to prove; of several, the first is used and all are accepted.
   * The environment's `ROOKERY_SECRET` (several separated by commas) beats it.
   */
  readonly secret?: string | readonly string[];
  /** Where spans and metrics go. Default: the providers that are registered with OpenTelemetry's API, whenever that is. */
  readonly telemetry?: TelemetryOptions;
  /**
   * Brokers: whether the queues, topics and the like that are needed are made (`create`), only checked, so that a difference is
   * an error that names it (`verify`), or taken for granted (`none`). The environment's `ROOKERY_TOPOLOGY` beats it. Default
   * `create`.
   */
  readonly topology?: Topology;
  /** Listen beyond loopback without TLS or a secret. Default `false`: refused. */
  readonly insecure?: boolean;
}
