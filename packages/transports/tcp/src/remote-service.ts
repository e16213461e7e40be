import {
  ClientClosed,
  DeadlineExceeded,
  type Message,
  QueueFull,
  type Random,
  type ReplySink,
  type RookeryError,
} from '@rookery/core';
import type { Socket } from 'node:net';
import type { Address } from './address.js';
import { type CallHolder, ClientCall } from './client-call.js';
import type { ClientConnection } from './client-connection.js';
import { ClientLink, type Identity, type LinkOwner } from './client-link.js';
import type { ConnectionScope } from './connection.js';

/** Somebody who wants to know when the service can be reached. */
type Waiter = PromiseWithResolvers<void>;

/** A service as its callers see it: its addresses, and the calls that wait until one of them answers. */
export class RemoteService implements LinkOwner, CallHolder {
  readonly name: string;
  readonly #scope: ConnectionScope;
  readonly #changed: () => void;
  readonly #links: readonly ClientLink[];
  /** Connections that take new calls. */
  readonly #live: ClientConnection[] = [];
  readonly #waiting = new Set<ClientCall>();
  readonly #waiters: Waiter[] = [];
  #failure: RookeryError | undefined;
  #closed = false;

  /** @param changed called when {@link RemoteService.live}, `trying` or `failure` may have changed */
  constructor(
    name: string,
    addresses: readonly Address[],
    identity: Identity,
    random: Random,
    scope: ConnectionScope,
    changed: () => void,
  ) {
    this.name = name;
    this.#scope = scope;
    this.#changed = changed;
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
    return this.#waiting.size > 0 || this.#waiters.length > 0;
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

  /** Resolves when a call could leave at once; rejects when that cannot be, as things are. */
  reach(): Promise<void> {
    if (this.live) return Promise.resolve();
    const waiter = Promise.withResolvers<void>();
    this.#waiters.push(waiter);
    this.connect();
    return waiter.promise;
  }

  connect(): void {
    for (const link of this.#links) link.connect();
    this.#changed();
  }

  /** Ends the calls that are open; what was written leaves. */
  close(): void {
    this.#closed = true;
    const closed = new ClientClosed(`the connection to '${this.name}' was closed by this side`);
    this.#giveUp(closed);
    for (const connection of [...this.#live]) connection.abandon(closed);
    for (const link of this.#links) link.close();
  }

  credit(call: ClientCall, count: number): void {
    call.window += count;
  }

  cancel(call: ClientCall): void {
    this.#waiting.delete(call);
    this.#changed();
  }

  connected(connection: ClientConnection): void {
    this.#live.push(connection);
    this.#failure = undefined;
    for (const waiter of this.#waiters.splice(0)) waiter.resolve();
    for (const call of [...this.#waiting]) this.#leave(call);
    this.#changed();
  }

  disconnected(connection: ClientConnection): void {
    const index = this.#live.indexOf(connection);
    if (index >= 0) this.#live.splice(index, 1);
    this.#changed();
  }

  failed(error: RookeryError): void {
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
    const { maxWaiting } = this.#scope.settings;
    if (this.#closed) {
      call.refuse(
        new ClientClosed(`the connection to '${this.name}' was closed by this side`, {
          recourse: 'terminal',
        }),
      );
      return;
    }
    if (this.#waiting.size >= maxWaiting) {
      const why = this.#failure ? ` (${this.#failure.message})` : '';
      call.refuse(
        new QueueFull(`${maxWaiting} requests wait for a connection to '${this.name}' already${why}`),
      );
      return;
    }
    call.holder = this;
    call.since = this.#scope.clock.now();
    this.#waiting.add(call);
    this.connect();
  }

  #leave(call: ClientCall): void {
    const connection = this.#choose(call.replica);
    if (!connection) return;
    this.#waiting.delete(call);
    const { timeout, pattern } = call.message.envelope;
    const left = timeout === undefined ? undefined : timeout - (this.#scope.clock.now() - (call.since ?? 0));
    if (left === undefined || left > 0) connection.send(call, left);
    else {
      const message = `${pattern} waited for a connection to '${this.name}' until its deadline; it was never sent`;
      call.lost(new DeadlineExceeded(message, { recourse: 'retryable' }));
    }
  }

  #giveUp(error: RookeryError): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const call of waiting) call.lost(error);
  }
}
