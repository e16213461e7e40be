import type { TransportFactory, Wire } from '@rookery/core';

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
  /** Listen beyond loopback without TLS or a secret. Default `false`: refused. */
  readonly insecure?: boolean;
}
