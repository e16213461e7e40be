import type { Socket } from 'node:net';
import {
  encodeFailure,
  messageOfPacket,
  NoHandler,
  PermissionDenied,
  readIncoming,
  Unavailable,
  type IncomingPacket,
  type Peer,
} from '@rookery/core';
import type { ConnectionScope } from '../connection/connection.js';
import type { ListenedConnection, ListenedConnectionOwner } from '../server/listened-connection.js';
import type { Gate } from '../security/gate.js';
import { Permissions } from '../security/permissions.js';
import { tooManyRequests } from '../server/too-many-requests.js';
import { NestServedCall, type NestServedCallOwner, NEST_WINDOW } from './nest-served-call.js';
import { NestSocket, type NestSocketOwner } from './nest-socket.js';

/** The serving end of a connection on the stock wire: the requests of a plain Nest client, and its events. */
export class NestServerConnection implements NestSocketOwner, NestServedCallOwner, ListenedConnection {
  readonly peer: string;
  readonly #nest: NestSocket;
  readonly #owner: ListenedConnectionOwner;
  readonly #scope: ConnectionScope;
  readonly identity: Peer | undefined;
  readonly local: boolean;
  readonly #permissions: Permissions | undefined;
  readonly #calls = new Set<NestServedCall>();
  /** What to answer to new requests, once there is nobody to handle them. */
  #refusal: string | undefined;
  #held = false;

  /** @param gate which has let the caller in */
  constructor(socket: Socket, gate: Gate, scope: ConnectionScope, owner: ListenedConnectionOwner) {
    this.peer = `a stock Nest client at ${socket.remoteAddress}:${socket.remotePort}`;
    this.#owner = owner;
    this.#scope = scope;
    this.#nest = new NestSocket(socket, scope, this);
    const { security } = scope.settings;
    this.identity = gate.peer;
    this.local = security.local;
    if (security.allow) this.#permissions = new Permissions(security.allow, gate.peer?.service);
  }

  get socket(): Socket {
    return this.#nest.socket;
  }

  /** It cannot be asked to be quiet: what is open is answered, what is new is refused, and then the connection ends. */
  drain(): void {
    this.#refusal ??= encodeFailure(new Unavailable('the service is going down; not started'), false);
    this.#owner.quiet(this);
    this.#endIfDone();
  }

  refuse(failure: string): void {
    this.#refusal = failure;
    for (const call of [...this.#calls]) call.interrupt(failure);
    this.#endIfDone();
  }

  write(json: string): void {
    this.#nest.write(json);
    // Who does not read his answers gets no further ones; as stock Nest has it.
    if (!this.#held && this.socket.writableNeedDrain) {
      this.#held = true;
      this.#nest.hold();
    }
  }

  concealed(what: string): void {
    this.#scope.logger.debug(`not told to ${this.peer}: ${what}`);
  }

  forget(call: NestServedCall): void {
    if (this.#calls.delete(call)) this.#owner.requests--;
    if (this.#refusal !== undefined) this.#endIfDone();
  }

  packet(packet: object): void {
    const incoming = readIncoming(packet);
    if (incoming.id === undefined) this.#event(incoming);
    else this.#request(incoming, incoming.id);
  }

  flushed(): void {
    if (this.#held) {
      this.#held = false;
      this.#nest.release();
    }
    for (const call of this.#calls) call.flushed();
  }

  closed(): void {
    const calls = [...this.#calls];
    this.#calls.clear();
    this.#owner.requests -= calls.length;
    this.#owner.closed(this);
    for (const call of calls) call.cancel();
  }

  #event(incoming: IncomingPacket): void {
    const denied = incoming.pattern === undefined ? undefined : this.#permissions?.request(incoming.pattern);
    if (denied === undefined) this.#owner.served.stockEvents.take(incoming, this.identity, this.peer);
    else this.#scope.refusals.say(`an event from ${this.peer} is dropped: ${denied}`);
  }

  #request(incoming: IncomingPacket, id: string): void {
    const { handler } = this.#owner.served;
    const { pattern } = incoming;
    const call = new NestServedCall(id, this);
    const { limits } = this.#scope.settings;
    const refusal = this.#refusal ?? tooManyRequests(this.#calls.size, this.#owner.requests, limits);
    this.#calls.add(call);
    this.#owner.requests++;
    const denied = pattern === undefined ? undefined : this.#permissions?.request(pattern);
    if (denied !== undefined) call.fail(encodeFailure(new PermissionDenied(denied), false));
    else if (refusal !== undefined) call.fail(refusal);
    else if (handler && pattern !== undefined) {
      const name = id.startsWith('"') ? (JSON.parse(id) as string) : id;
      const source = this.identity?.service;
      call.attach(
        handler(messageOfPacket({ ...incoming, pattern }, { id: name, source }), NEST_WINDOW, call),
      );
    } else {
      const nothing = new NoHandler(`${pattern ?? 'such a pattern'}: no requests are served here`);
      call.fail(encodeFailure(nothing, false));
    }
  }

  #endIfDone(): void {
    if (this.#calls.size === 0) this.#nest.end();
  }
}
