import type { Socket } from 'node:net';
import {
  Backoff,
  ConnectionLost,
  type Random,
  type RookeryError,
  runInContext,
  type Timer,
} from '@rookery/core';
import { type Address, placeOf } from '../address.js';
import type { ClientCall } from './client-call.js';
import { ClientConnection } from './client-connection.js';
import type { ServiceConnection, ServiceConnectionOwner } from './service-connection.js';
import type { ConnectionScope } from '../connection/connection.js';
import { dial } from '../security/tls.js';
import { NestClientConnection } from '../nest-wire/nest-client-connection.js';

/** Who this process is to its peers. */
export interface Identity {
  readonly service: string | undefined;
  readonly replica: string;
}

/** What a link tells the service that it leads to. */
export interface LinkOwner {
  /** The service's name. */
  readonly name: string;
  /** Whether connections are worth a try: something waits for one, or the service is used. */
  readonly wanted: boolean;
  /** Whether calls or events went to the service a short time ago. */
  readonly inUse: boolean;
  /** Whether the replica at the other end is connected already. */
  has(connection: ServiceConnection): boolean;
  connected(connection: ServiceConnection): void;
  /** The link led to a replica that is connected already, and is tried again later. */
  spared(link: ClientLink): void;
  /** The connection takes nothing new; what is under way on it goes on. Its peer may be there, with `idle`. */
  retired(connection: ServiceConnection, idle: boolean): void;
  /** The connection, retired before or not, is gone. */
  disconnected(connection: ServiceConnection): void;
  /** A connection takes new calls again, after it took none for a while. */
  roomy(): void;
  /** A call that has not left on a connection that is gone. */
  returned(call: ClientCall): void;
  /** The link begins to connect. */
  dialling(link: ClientLink): void;
  /** Nothing is connected, and why. A terminal error is not tried again until there is new work. */
  failed(link: ClientLink, error: RookeryError): void;
}

type LinkState =
  | { readonly status: 'idle' }
  | { readonly status: 'dialling'; readonly connection: ServiceConnection }
  | { readonly status: 'pausing'; readonly timer: Timer }
  | { readonly status: 'spare'; readonly timer: Timer }
  | { readonly status: 'live'; readonly connection: ServiceConnection }
  | { readonly status: 'closed' };

/** Milliseconds: the first and the longest pause before a spare link looks whether it leads to another replica now. */
const SPARE = { first: 1_000, longest: 60_000 };

/** Keeps one connection to one address for as long as anybody wants it, and makes it anew when it breaks. */
export class ClientLink implements ServiceConnectionOwner {
  readonly service: string | undefined;
  readonly replica: string;
  readonly target: string;
  readonly address: Address;
  readonly #scope: ConnectionScope;
  readonly #owner: LinkOwner;
  readonly #backoff: Backoff;
  readonly #spareBackoff: Backoff;
  #state: LinkState = { status: 'idle' };
  /** Connections whose peer drains, until their last call has ended. */
  readonly #retiring = new Set<ServiceConnection>();
  /** Whether the last try ended with an error that trying again does not mend. */
  #hopeless = false;
  /** Whether the log says that there is no connection. */
  #outage = false;

  constructor(
    address: Address,
    identity: Identity,
    random: Random,
    scope: ConnectionScope,
    owner: LinkOwner,
  ) {
    this.service = identity.service;
    this.replica = identity.replica;
    this.target = owner.name;
    this.address = address;
    this.#scope = scope;
    this.#owner = owner;
    const { first, longest } = scope.settings.reconnect;
    this.#backoff = new Backoff(first, longest, random);
    this.#spareBackoff = new Backoff(SPARE.first, SPARE.longest, random);
  }

  /** Whether it may be connected soon. */
  get hopeful(): boolean {
    return !this.#hopeless && (this.#state.status === 'dialling' || this.#state.status === 'pausing');
  }

  /** What it is doing, for people. */
  get status(): LinkState['status'] | 'draining' {
    const { status } = this.#state;
    return this.lingering && (status === 'idle' || status === 'closed') ? 'draining' : status;
  }

  /** Whether calls or deliveries are under way on connections that take nothing new. */
  get lingering(): boolean {
    return this.#retiring.size > 0;
  }

  /** The connection that takes calls, while there is one. */
  get connection(): ServiceConnection | undefined {
    return this.#state.status === 'live' ? this.#state.connection : undefined;
  }

  /** The socket, while there is one. */
  get socket(): Socket | undefined {
    return this.#state.status === 'live' ? this.#state.connection.socket : undefined;
  }

  /** Connects unless it is connected, or trying to. */
  connect(): void {
    if (this.#state.status === 'idle') this.#dial();
  }

  /** A replica is gone; perhaps a spare link leads to it, or to the one in its place. */
  wake(): void {
    if (this.#state.status !== 'spare') return;
    this.#state.timer.cancel();
    this.#state = { status: 'idle' };
    this.#spareBackoff.reset();
    if (this.#owner.wanted) this.#dial();
  }

  /** Takes nothing new, lets what is under way end, then closes; the link is not used again. */
  retire(): void {
    const state = this.#state;
    this.#state = { status: 'closed' };
    if (state.status === 'pausing' || state.status === 'spare') state.timer.cancel();
    if (state.status === 'dialling') state.connection.destroy(new ConnectionLost('the address is gone'));
    if (state.status !== 'live') return;
    this.#scope.logger.info(
      `${state.connection.peer} is not an address of it any more; it gets no new calls`,
    );
    this.#retiring.add(state.connection);
    this.#owner.retired(state.connection, false);
    state.connection.retire();
  }

  /** Fails what is open with `error`, lets what was written leave, and ends. */
  close(error: RookeryError): void {
    const state = this.#state;
    this.#state = { status: 'closed' };
    if (state.status === 'pausing' || state.status === 'spare') state.timer.cancel();
    if (state.status === 'dialling') state.connection.destroy(error);
    if (state.status === 'live') this.#retiring.add(state.connection);
    for (const connection of this.#retiring) {
      connection.abandon(error);
      connection.end();
    }
  }

  welcomed(connection: ServiceConnection): void {
    if (this.#state.status !== 'dialling' || this.#state.connection !== connection) return;
    this.#backoff.reset();
    this.#hopeless = false;
    if (this.#owner.has(connection)) {
      this.#spare(connection);
      return;
    }
    this.#state = { status: 'live', connection };
    this.#spareBackoff.reset();
    if (this.#outage) this.#scope.logger.info(`connected to ${connection.peer} again`);
    else this.#scope.logger.debug(`connected to ${connection.peer}`);
    this.#outage = false;
    this.#owner.connected(connection);
  }

  draining(connection: ServiceConnection, idle: boolean): void {
    if (!this.#isCurrent(connection)) return;
    const { logger } = this.#scope;
    if (idle) logger.debug(`${connection.peer} has had nothing to do; the next call connects again`);
    else logger.info(`${connection.peer} is going down; it gets no new calls`);
    this.#retiring.add(connection);
    this.#state = { status: 'idle' };
    this.#owner.retired(connection, idle);
    if (!this.#owner.wanted) return;
    if (idle) this.#dial();
    else this.#pause();
  }

  closed(connection: ServiceConnection, error: RookeryError): void {
    if (this.#retiring.delete(connection)) this.#owner.disconnected(connection);
    if (!this.#isCurrent(connection)) return;
    const wasLive = this.#state.status === 'live';
    this.#state = { status: 'idle' };
    this.#hopeless = error.recourse === 'terminal';
    if (wasLive) this.#owner.disconnected(connection);
    this.#owner.failed(this, error);
    this.#say(error);
    if (this.#owner.wanted) this.#pause();
  }

  roomy(): void {
    this.#owner.roomy();
  }

  returned(call: ClientCall): void {
    this.#owner.returned(call);
  }

  #isCurrent(connection: ServiceConnection): boolean {
    const state = this.#state;
    return (state.status === 'live' || state.status === 'dialling') && state.connection === connection;
  }

  #dial(): void {
    const { settings, logger } = this.#scope;
    // What comes over it later belongs to other messages than the one that needs it now.
    const socket = runInContext(undefined, () => dial(this.address, settings.security, logger));
    const Wire = this.#scope.settings.wires.stockServices.has(this.target)
      ? NestClientConnection
      : ClientConnection;
    const connection = new Wire(socket, this.address, this.#scope, this);
    this.#state = { status: 'dialling', connection };
    this.#owner.dialling(this);
  }

  /** Two connections to one replica serve nobody; behind one address there may be another replica the next time. */
  #spare(connection: ServiceConnection): void {
    const dial = () => {
      this.#state = { status: 'idle' };
      if (this.#owner.wanted) this.#dial();
    };
    this.#state = this.#owner.inUse
      ? { status: 'spare', timer: this.#scope.clock.after(this.#spareBackoff.next(), dial) }
      : { status: 'idle' };
    this.#scope.logger.debug(`${connection.peer} leads to ${connection.replica}, which is connected`);
    connection.end();
    this.#owner.spared(this);
  }

  #pause(): void {
    if (this.#state.status !== 'idle') return;
    const timer = this.#scope.clock.after(this.#backoff.next(), () => {
      this.#state = { status: 'idle' };
      if (this.#owner.wanted) this.#dial();
    });
    this.#state = { status: 'pausing', timer };
  }

  /** Once for each outage, so that a log is not a list of tries. */
  #say(error: RookeryError): void {
    if (this.#outage) return;
    this.#outage = true;
    const next = this.#owner.wanted ? 'trying again until it answers' : 'it is tried again when it is needed';
    this.#scope.logger.warn(`${error.message}; ${next}`);
  }

  /** The address as people write it. */
  get url(): string {
    return placeOf(this.address);
  }
}
