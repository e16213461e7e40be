import type { Socket } from 'node:net';
import {
  ClientClosed,
  type Clock,
  type Message,
  type Random,
  type ReplicaDescription,
  type ReplySink,
  type RookeryError,
  Unavailable,
} from '@rookery/core';
import { type Address, urlOf } from '../address.js';
import { ClientCall } from './client-call.js';
import { ClientLink, type Identity, type LinkOwner } from './client-link.js';
import { LiveReplicas } from './replicas/live-replicas.js';
import { Place, type PlaceOwner } from './replicas/place.js';
import { Use } from './replicas/use.js';
import type { ConnectionScope } from '../connection/connection.js';
import type { ServiceEvents } from '../events/service-events.js';
import type { ServiceConnection } from './service-connection.js';
import { WaitingCalls } from './waiting-calls.js';

/** What a process needs to know to reach a service. */
export interface RemoteServiceOptions {
  readonly addresses: readonly Address[];
  /** Who this process is. */
  readonly identity: Identity;
  readonly random: Random;
  /** The events that are kept for the service. */
  readonly events: ServiceEvents;
  /** Called when {@link RemoteService.live}, `trying` or `failure` may have changed. */
  readonly changed: () => void;
}

/** A service as its callers see it: its addresses, its replicas, and what waits until one of them is there. */
export class RemoteService implements LinkOwner, PlaceOwner {
  readonly name: string;
  readonly #events: ServiceEvents;
  readonly #replica: string;
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #makeLink: (address: Address) => ClientLink;
  readonly #places: readonly Place[];
  /** Links to addresses that are gone, while something is under way on them. */
  readonly #left = new Set<ClientLink>();
  readonly #live: LiveReplicas;
  /** `undefined` where there is one address and never another. */
  readonly #use: Use | undefined;
  readonly #waiting: WaitingCalls;
  /** Those who want to know when the service can be reached. */
  readonly #waiters = new Set<PromiseWithResolvers<void>>();
  #rests = false;
  #failure: RookeryError | undefined;
  #closed: ClientClosed | undefined;

  constructor(name: string, scope: ConnectionScope, options: RemoteServiceOptions) {
    const { addresses, identity, random, events, changed } = options;
    this.name = name;
    this.#changed = changed;
    this.#events = events;
    this.#replica = identity.replica;
    this.#clock = scope.clock;
    const { clock, logger } = scope;
    const { replicas, reconnect } = scope.settings;
    const recovered = () => this.roomy();
    this.#live = new LiveReplicas(name, {
      clock,
      random,
      logger,
      settings: replicas.balance,
      watch: scope.replicas,
      recovered,
    });
    events.onDemand = () => this.connect();
    this.#waiting = new WaitingCalls(name, scope.settings.maxWaiting, scope.clock, changed);
    this.#makeLink = (address) => new ClientLink(address, identity, random, scope, this);
    const placeScope = { clock, logger, random, settings: replicas, reconnect };
    this.#places = addresses.map((address) => new Place(address, placeScope, this));
    if (this.#places.length === 1 && !this.#places.some(({ varies }) => varies)) return;
    this.#use = new Use(
      clock,
      replicas.interval,
      () => this.#demanded || events.kept > 0 || this.#live.busy,
      () => this.#lookAgain(),
    );
    events.onUse = () => this.#use?.touch();
  }

  /** Whether a call could leave at once. */
  get live(): boolean {
    return this.#live.size > 0;
  }

  /** Whether a replica was there a while ago, and nobody has needed one since. */
  get rests(): boolean {
    return this.#rests;
  }

  /** Whether somebody waits for a connection. */
  get trying(): boolean {
    return !this.live && this.#demanded;
  }

  /** Why there is no connection, if there was a try. */
  get failure(): RookeryError | undefined {
    return this.#failure;
  }

  get wanted(): boolean {
    return this.#demanded || this.inUse;
  }

  get inUse(): boolean {
    return this.#use?.active ?? false;
  }

  /** As they were given. */
  get addresses(): readonly string[] {
    return this.#places.map(({ address }) => urlOf(address));
  }

  /** What all addresses stand for now, and how it stands with the replicas there. */
  get replicas(): readonly ReplicaDescription[] {
    return [...this.#links, ...this.#left].map((link) => {
      const { connection, status, url } = link;
      if (!connection) return { address: url, state: status };
      const { inFlight, replica } = connection;
      return { address: url, state: this.#live.stateOf(connection), replica, inFlight };
    });
  }

  get sockets(): readonly Socket[] {
    return this.#links.flatMap(({ socket }) => socket ?? []);
  }

  /** Whether somebody waits for a connection, or would if there were none. */
  get #demanded(): boolean {
    return this.#waiting.size > 0 || this.#waiters.size > 0 || this.#events.waits;
  }

  get #links(): readonly ClientLink[] {
    return this.#places.flatMap(({ links }) => links);
  }

  request(message: Message, replica: string | undefined, credit: number, sink: ReplySink): ClientCall {
    const call = new ClientCall(message, replica, credit, sink);
    if (this.#closed) return call.refuse(this.#closed);
    this.#use?.touch();
    const connection = this.#live.choose(call);
    if (connection) connection.send(call, message.envelope.timeout);
    else this.#wait(call);
    return call;
  }

  /** Resolves when a call could leave at once; rejects when that cannot be, as things are, or not within `timeout` ms. */
  async reach(timeout: number | undefined): Promise<void> {
    if (this.live) return;
    if (this.#closed) throw this.#closed;
    const waiter = Promise.withResolvers<void>();
    this.#waiters.add(waiter);
    const timer =
      timeout === undefined ? undefined : this.#clock.after(timeout, () => this.#tooLate(waiter, timeout));
    this.connect();
    try {
      await waiter.promise;
    } finally {
      timer?.cancel();
    }
  }

  connect(): void {
    for (const place of this.#places) place.connect();
    this.#changed();
  }

  /** Ends the calls that are open; what was written leaves. */
  close(): void {
    const closed = new ClientClosed(`the connection to '${this.name}' was closed by this side`);
    this.#closed = closed;
    this.#giveUp(closed);
    this.#use?.stop();
    this.#live.close();
    for (const place of this.#places) place.close(closed);
    for (const link of this.#left) link.close(closed);
  }

  link(address: Address): ClientLink {
    return this.#makeLink(address);
  }

  left(link: ClientLink): void {
    this.#events.expectNoMore(link);
    this.#left.add(link);
    this.#sweep();
  }

  unknown(error: RookeryError): void {
    this.#lack(error);
  }

  has({ replica }: ServiceConnection): boolean {
    return replica !== undefined && this.#live.has(replica);
  }

  spared(link: ClientLink): void {
    this.#events.expectNoMore(link);
    this.#changed();
  }

  connected(connection: ServiceConnection): void {
    const replica = connection.replica as string;
    this.#live.add(connection, replica);
    this.#rests = false;
    this.#failure = undefined;
    for (const waiter of this.#waiters) waiter.resolve();
    this.#waiters.clear();
    this.roomy();
    if (replica !== this.#replica) this.#events.attach(connection); // this process has its own way
    this.#changed();
  }

  /** Gives the calls that wait to those who have room for them. */
  roomy(): void {
    if (this.#waiting.size === 0) return;
    this.#waiting.leave(
      () => this.#live.roomy,
      (call, timeout) => {
        const chosen = this.#live.choose(call);
        chosen?.send(call, timeout);
        return chosen !== undefined;
      },
    );
  }

  retired(connection: ServiceConnection, idle: boolean): void {
    this.#rests = idle;
    this.#live.remove(connection);
    this.roomy(); // for those that are left out while there are others
    this.#events.detach(connection);
    this.#changed();
  }

  disconnected(connection: ServiceConnection): void {
    this.#live.remove(connection);
    this.roomy();
    this.#events.release(connection);
    this.#sweep();
    for (const link of this.#links) link.wake();
    this.#changed();
  }

  returned(call: ClientCall): void {
    this.#wait(call);
    this.roomy();
  }

  dialling(link: ClientLink): void {
    this.#events.expect(link);
  }

  failed(link: ClientLink, error: RookeryError): void {
    this.#events.expectNoMore(link);
    for (const place of this.#places) if (place.links.includes(link)) place.look();
    this.#lack(error);
  }

  /** There is no connection for this reason. What waits gives up when trying again is of no use anywhere. */
  #lack(error: RookeryError): void {
    this.#rests = false;
    this.#failure = error;
    const hope = this.live || this.#links.some(({ hopeful }) => hopeful);
    if (error.recourse === 'terminal' && !hope) this.#giveUp(error);
    this.#changed();
  }

  /** The service is used: replicas may have come, gone, or come back. */
  #lookAgain(): void {
    for (const place of this.#places) place.look();
    this.connect();
  }

  /** Forgets the links on which nothing is under way any more. */
  #sweep(): void {
    for (const link of this.#left) {
      if (link.lingering) continue;
      this.#left.delete(link);
      this.#events.forget(link);
    }
  }

  /** Whether all are connected that can be known. */
  get #complete(): boolean {
    const known = this.#places.every(({ unknown }) => !unknown);
    return known && this.#links.every(({ status }) => status === 'live' || status === 'spare');
  }

  #wait(call: ClientCall): void {
    if (this.#closed) {
      call.refuse(this.#closed);
    } else if (call.replica !== undefined && this.#complete && !this.#live.has(call.replica)) {
      call.refuse(new Unavailable(`no replica ${call.replica} of '${this.name}' is connected`));
    } else {
      const full = this.#waiting.add(call, this.live ? this.#held() : this.#failure);
      if (full) call.refuse(full);
      else this.connect();
    }
  }

  /** Why calls wait although the service is connected. */
  #held(): RookeryError {
    const inFlight = this.#live.load;
    return new Unavailable(
      `${inFlight} are under way there: it serves no more at once, or does not read them`,
    );
  }

  #giveUp(error: RookeryError): void {
    for (const waiter of this.#waiters) waiter.reject(error);
    this.#waiters.clear();
    this.#waiting.fail(error);
  }

  #tooLate(waiter: PromiseWithResolvers<void>, timeout: number): void {
    this.#waiters.delete(waiter);
    const cause = this.#failure;
    const why = cause ? `: ${cause.message}` : '';
    waiter.reject(
      new Unavailable(`'${this.name}' could not be reached within ${timeout} ms${why}`, { cause }),
    );
    this.#changed();
  }
}
