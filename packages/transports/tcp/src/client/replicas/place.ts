import { isIP } from 'node:net';
import {
  Backoff,
  AddressUnusable,
  type Clock,
  type Logger,
  type Random,
  type RookeryError,
  type Timer,
} from '@rookery/core';
import { type Address, isLoopback, urlOf } from '../../address.js';
import type { ClientLink } from '../client-link.js';
import type { ReplicaSettings } from '../replica-options.js';

/** Connections to an address that may stand for several replicas. */
const SPREAD = 3;

/**
 * How many connections to each of the addresses that a name stands for: the only one, if not on this machine, may be
 * that of a load balancer.
 */
export function connectionsTo(ips: ReadonlySet<string>, wanted: number | undefined): number {
  const [only = ''] = ips;
  return wanted ?? (ips.size === 1 && !isLoopback(only) ? SPREAD : 1);
}

export interface PlaceScope {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: Random;
  readonly settings: ReplicaSettings;
  /** Milliseconds between two lookups while there never was an answer. */
  readonly reconnect: { readonly first: number; readonly longest: number };
}

/** What a place tells the service that is there. */
export interface PlaceOwner {
  readonly name: string;
  readonly wanted: boolean;
  /** Makes a link to one IP address of the place. */
  link(address: Address): ClientLink;
  /** The link's address is gone; it ends when what is under way on it has. */
  left(link: ClientLink): void;
  /** The name cannot be looked up, and there is no address from before. */
  unknown(error: RookeryError): void;
}

/** One address of a service, as it was given, with the links to all that it stands for. */
export class Place {
  readonly address: Address;
  readonly #scope: PlaceScope;
  readonly #owner: PlaceOwner;
  readonly #isName: boolean;
  readonly #backoff: Backoff;
  #links: readonly ClientLink[] = [];
  #looking = false;
  #retry: Timer | undefined;
  /** Whether the log says that the name cannot be looked up. */
  #outage = false;
  #closed = false;

  constructor(address: Address, scope: PlaceScope, owner: PlaceOwner) {
    this.address = address;
    this.#scope = scope;
    this.#owner = owner;
    this.#backoff = new Backoff(scope.reconnect.first, scope.reconnect.longest, scope.random);
    // What localhost means does not change, and Node tries both of its addresses.
    this.#isName = isIP(address.host) === 0 && !isLoopback(address.host);
    if (this.#isName) return;
    this.#links = Array.from({ length: scope.settings.connections ?? 1 }, () => owner.link(address));
  }

  get links(): readonly ClientLink[] {
    return this.#links;
  }

  /** Whether more than one replica may be found there, or another one later. */
  get varies(): boolean {
    return this.#isName || this.#links.length > 1;
  }

  /** Whether it is not known yet what the name stands for. */
  get unknown(): boolean {
    return this.#links.length === 0;
  }

  /** Connects all links that do not try already, once it is known where they lead. */
  connect(): void {
    if (this.unknown && !this.#retry) this.look();
    for (const link of this.#links) link.connect();
  }

  /** Looks the name up again, unless it does so already. */
  look(): void {
    if (!this.#isName || this.#looking || this.#closed) return;
    this.#retry?.cancel();
    this.#retry = undefined;
    this.#looking = true;
    this.#scope.settings.lookup(this.address.host).then(
      (ips) => this.#take(new Set(ips)),
      (error: unknown) => this.#fail(error instanceof Error ? error : new Error(String(error))),
    );
  }

  /** Ends all links. */
  close(error: RookeryError): void {
    this.#closed = true;
    this.#retry?.cancel();
    this.#retry = undefined;
    for (const link of this.#links) link.close(error);
  }

  #take(ips: ReadonlySet<string>): void {
    if (ips.size === 0) {
      this.#fail(new Error('the name stands for no address'));
      return;
    }
    this.#looking = false;
    if (this.#closed) return;
    this.#backoff.reset();
    if (this.#outage) this.#scope.logger.info(`${this.#who} was looked up again`);
    this.#outage = false;
    const { settings } = this.#scope;
    // Those that leave go first: the same replica may have a new address.
    const [staying, leaving] = parted(this.#links, ({ address }) => ips.has(address.ip as string));
    this.#links = staying;
    for (const link of leaving) {
      link.retire();
      this.#owner.left(link);
    }
    const links = [...staying];
    const wanted = connectionsTo(ips, settings.connections);
    for (const ip of ips) {
      const known = staying.filter(({ address }) => address.ip === ip).length;
      for (let count = known; count < wanted; count++) links.push(this.#owner.link({ ...this.address, ip }));
    }
    this.#links = links;
    for (const link of links) if (this.#owner.wanted || !staying.includes(link)) link.connect();
  }

  #fail(cause: Error): void {
    this.#looking = false;
    if (this.#closed) return;
    const error = new AddressUnusable(`cannot reach ${this.#who}: ${cause.message}`, { cause });
    if (!this.#outage) {
      const then = this.unknown ? '' : '; the addresses from before are kept';
      this.#scope.logger.warn(`${error.message}${then}`);
    }
    this.#outage = true;
    if (!this.unknown) return;
    if (this.#owner.wanted) {
      this.#retry = this.#scope.clock.after(this.#backoff.next(), () => {
        this.#retry = undefined;
        if (this.#owner.wanted) this.look();
      });
    }
    this.#owner.unknown(error);
  }

  get #who(): string {
    return `'${this.#owner.name}' at ${urlOf(this.address)}`;
  }
}

function parted<T>(items: readonly T[], is: (item: T) => boolean): readonly [T[], T[]] {
  return [items.filter(is), items.filter((item) => !is(item))];
}
