import type { Clock } from '../clock/clock.js';
import type { Random } from '../clock/random.js';
import type { Logger } from './logger.js';
import type { ConnectionSecurity } from './security.js';
import type { Topology } from './topology.js';
import type { Transport } from './transport.js';
import type { Wire } from './wire.js';

/** What the runtime lends to a transport. */
export interface TransportHost {
  /** Who this process is: the consumer group, or `undefined` for an anonymous client. */
  readonly service: string | undefined;
  /** This process among the replicas of the service, unique over all of them. */
  readonly replica: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Makes a transport. `tcp({ ... })` returns one, and so does a package's `fromUrl`. */
export interface TransportFactory {
  /** The URL scheme, known before anything is loaded or connected. */
  readonly scheme: string;
  /** @throws ConfigurationError when the options cannot work */
  create(host: TransportHost): Transport;
}

/** What a URL and its surroundings say, for a package's `fromUrl`. */
export interface UrlOptions {
  /** Whether this connection serves (a direct transport listens at `url`) or only calls. */
  readonly role: 'server' | 'client';
  /** The addresses, in the order given; never empty. */
  readonly urls: readonly URL[];
  /** Direct media: where each other service is. */
  readonly services: Readonly<Record<string, readonly URL[]>>;
  /** Listen beyond loopback without TLS or a secret. Default `false`. */
  readonly insecure: boolean;
  readonly security?: ConnectionSecurity | undefined;
  /** What is done about queues, topics and the like at a broker; `create` when left out. */
  readonly topology?: Topology | undefined;
  /** The wires that a listening side speaks; Rookery's alone when left out. */
  readonly wires?: readonly Wire[] | undefined;
  /** The wire that each service is called on; Rookery's for those that are not named. */
  readonly serviceWires?: Readonly<Record<string, Wire>> | undefined;
}

/** What each transport package exports under this name, so that a scheme can be loaded on demand. */
export type FromUrl = (options: UrlOptions) => TransportFactory;
