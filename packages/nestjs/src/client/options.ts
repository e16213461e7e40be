import type { Wire } from '@rookery/core';
import type { ConnectionOptions } from '../connection/options.js';

/** What a client may set for all its calls. */
export interface ClientPolicies {
  /** Milliseconds until a request fails if no answer (of a stream: no first item) has come. Default 30,000. */
  readonly timeout?: number;
  /** Milliseconds between two items of a stream, while the service may send one; `Infinity` for no limit. Default 30,000. */
  readonly idleTimeout?: number;
  /** Keep the stack of remote errors, where the service sends it (`exposeStack`). Default `false`. */
  readonly acceptStack?: boolean;
}

/** See {@link RookeryClient}. */
export interface RookeryClientOptions extends ConnectionOptions, ClientPolicies {
  /** The service to talk to. Without it `send` fails, and `emit` goes to every subscribing service. */
  readonly to?: string;
  /** What the target speaks: `nest` for a service that runs on the stock transport of Nest. Default `rookery`. */
  readonly wire?: Wire;
  /** Who calls. Default: the environment's `ROOKERY_SERVICE`. */
  readonly from?: string;
}
