import type { ClientPolicies, ConnectionOptions, Wire } from '@rookery/core';

/** What a client may set for all its calls: its policies, those of some patterns, and what it accepts. */
export interface ClientSettings extends ClientPolicies {
  /**
   * What some patterns set for themselves, as `{ 'report.*': { timeout: 60_000, idempotent: true } }`; of several that
   * match, the first counts.
   */
  readonly patterns?: Readonly<Record<string, ClientPolicies>> | undefined;
  /** How many items of an upload that is an Observable wait for a slow handler before StreamOverflow. Default 1,024. */
  readonly uploadBuffer?: number | undefined;
  /** Keep the stack of remote errors, where the service sends it (`exposeStack`). Default `false`. */
  readonly acceptStack?: boolean | undefined;
}

/** See {@link RookeryClient}. */
export interface RookeryClientOptions extends ConnectionOptions, ClientSettings {
  /** The service to talk to. Without it `send` fails, and `emit` goes to every subscribing service. */
  readonly to?: string;
  /** What the target speaks: `nest` for a service that runs on the stock transport of Nest. Default `rookery`. */
  readonly wire?: Wire;
  /** Who calls. Default: the environment's `ROOKERY_SERVICE`. */
  readonly from?: string;
}
