import type { Socket } from 'node:net';
import {
  ClientClosed,
  type Clock,
  type Message,
  type Random,
  type ReplySink,
  type RookeryError,
  Unavailable,
} from '@rookery/core';
import type { Address } from '../address.js';
import { ClientCall } from './client-call.js';
import type { ClientConnection } from './client-connection.js';
import { ClientLink, type Identity, type LinkOwner } from './client-link.js';
import type { ConnectionScope } from '../connection/connection.js';
import type { ServiceEvents } from '../events/service-events.js';
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

/** A service as its callers see it: its addresses, and what waits until one of them answers. */
export class RemoteService implements LinkOwner {
  readonly name: string;
  readonly #events: ServiceEvents;
  readonly #replica: string;
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #links: readonly ClientLink[];
  /** Connections that take new calls. */
  readonly #live: ClientConnection[] = [];
  readonly #waiting: WaitingCalls;
  /** Those who want to know when the service can be reached. */
  readonly #waiters = new Set<PromiseWithResolvers<void>>();
  #failure: RookeryError | undefined;
  #closed: ClientClosed | undefined;

  constructor(name: string, scope: ConnectionScope, options: RemoteServiceOptions) {
    const { addresses, identity, random, events, changed } = options;
    this.name = name;
    this.#changed = changed;
    this.#events = events;
    this.#replica = identity.replica;
    this.#clock = scope.clock;
    events.onDemand = () => this.connect();
    this.#waiting = new WaitingCalls(name, scope.settings.maxWaiting, scope.clock, changed);
    this.#links = addresses.map((address) => new ClientLink(address, identity, random, scope, this));
  }

  /** Whether a call could leave at once. */
  get live(): boolean {
    return this.#live.length > 0;
  }

  /** Whether somebody waits for a connection. */
  get trying(): boolean {
    return !this.live && this.wanted;
  }

  /** Why there is no connection, if there was a try. */
  get failure(): RookeryError | undefined {
    return this.#failure;
  }

  get wanted(): boolean {
    return this.#waiting.size > 0 || this.#waiters.size > 0 || this.#events.waits;
  }

  get addresses(): readonly string[] {
    return this.#links.map(({ url }) => url);
  }

  get sockets(): readonly Socket[] {
    return this.#links.flatMap(({ socket }) => socket ?? []);
  }

  request(message: Message, replica: string | undefined, credit: number, sink: ReplySink): ClientCall {
    const call = new ClientCall(message, replica, credit, sink);
    const connection = this.#choose(replica);
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
    for (const link of this.#links) link.connect();
    this.#changed();
  }

  /** Ends the calls that are open; what was written leaves. */
  close(): void {
    const closed = new ClientClosed(`the connection to '${this.name}' was closed by this side`);
    this.#closed = closed;
    this.#giveUp(closed);
    for (const link of this.#links) link.close(closed);
  }

  connected(connection: ClientConnection): void {
    this.#live.push(connection);
    this.#failure = undefined;
    for (const waiter of this.#waiters) waiter.resolve();
    this.#waiters.clear();
    this.#waiting.leave((call, timeout) => {
      const chosen = this.#choose(call.replica);
      chosen?.send(call, timeout);
      return chosen !== undefined;
    });
    if (connection.welcome?.replica !== this.#replica) this.#events.attach(connection); // this process has its own way
    this.#changed();
  }

  retired(connection: ClientConnection): void {
    this.#remove(connection);
    this.#events.detach(connection);
    this.#changed();
  }

  disconnected(connection: ClientConnection): void {
    this.#remove(connection);
    this.#events.release(connection);
    this.#changed();
  }

  returned(call: ClientCall): void {
    this.#wait(call);
  }

  dialling(link: ClientLink): void {
    this.#events.expect(link);
  }

  failed(link: ClientLink, error: RookeryError): void {
    this.#events.expectNoMore(link);
    this.#failure = error;
    if (error.recourse === 'terminal' && !this.live) this.#giveUp(error);
    this.#changed();
  }

  /** Which replica gets a call: of those that are connected, the one with the fewest calls under way. */
  #choose(replica: string | undefined): ClientConnection | undefined {
    let best: ClientConnection | undefined;
    for (const connection of this.#live) {
      if (replica !== undefined && connection.welcome?.replica !== replica) continue;
      if (!best || connection.inFlight < best.inFlight) best = connection;
    }
    return best;
  }

  #wait(call: ClientCall): void {
    if (this.#closed) {
      call.refuse(this.#closed);
    } else if (call.replica !== undefined && this.#live.length === this.#links.length) {
      call.refuse(new Unavailable(`no replica ${call.replica} of '${this.name}' is connected`));
    } else {
      const full = this.#waiting.add(call, this.#failure);
      if (full) call.refuse(full);
      else this.connect();
    }
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

  #remove(connection: ClientConnection): void {
    const index = this.#live.indexOf(connection);
    if (index >= 0) this.#live.splice(index, 1);
  }
}
