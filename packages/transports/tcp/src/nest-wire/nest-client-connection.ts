import type { Socket } from 'node:net';
import {
  AddressUnusable,
  ConfigurationError,
  ConnectionLost,
  eventPacket,
  failureOfStock,
  isRookeryError,
  ProtocolViolation,
  readReply,
  requestPacket,
  type RookeryError,
  type Timer,
} from '@rookery/core';
import { type Address, placeOf } from '../address.js';
import type { ClientCall } from '../client/client-call.js';
import type { ServiceConnection, ServiceConnectionOwner } from '../client/service-connection.js';
import type { ConnectionScope } from '../connection/connection.js';
import type { Consumer } from '../events/consumer.js';
import type { Route } from '../frames/handshake.js';
import type { Outcome } from '../frames/ack.js';
import type { CallOutcomes } from '../client/replicas/call-outcomes.js';
import { NestReplies } from './nest-replies.js';
import { NestSocket, type NestSocketOwner } from './nest-socket.js';

/** How many events may be on their way to the socket. */
const EVENT_WINDOW = 64;

/** A stock server says nothing of what it handles, so that it gets every event. */
const ROUTES: readonly Route[] = [
  { endpoint: 'nest', patterns: ['>'], broadcast: false, concurrency: EVENT_WINDOW },
];

/** The caller's end of a connection with a plain Nest server. */
export class NestClientConnection implements NestSocketOwner, ServiceConnection {
  readonly peer: string;
  /** The stock wire has no handshake, so that a replica is what is at an address. */
  readonly replica: string;
  readonly routes = ROUTES;
  readonly wantsAll = true;
  readonly #nest: NestSocket;
  readonly #owner: ServiceConnectionOwner;
  readonly #replies: NestReplies;
  readonly #connecting: Timer;
  /** What was written in this turn and has not left. */
  #unsent: ClientCall[] = [];
  #events: ((outcome: Outcome) => void)[] = [];
  /** Events that are not written, because the peer has to read what it was sent before. */
  #held: (() => void)[] = [];
  #count = 0;
  #live = false;
  #retired = false;

  constructor(socket: Socket, address: Address, scope: ConnectionScope, owner: ServiceConnectionOwner) {
    this.peer = `'${owner.target}' (stock Nest) at ${placeOf(address)}`;
    this.replica = placeOf(address);
    this.#owner = owner;
    this.#nest = new NestSocket(socket, scope, this);
    this.#replies = new NestReplies(scope.clock, this.#nest, () => this.#endIfDone());
    const { connectTimeout } = scope.settings;
    this.#connecting = scope.clock.after(connectTimeout, () =>
      this.destroy(new ConnectionLost(`no connection within ${connectTimeout} ms`)),
    );
    socket.once(address.secure ? 'secureConnect' : 'connect', () => {
      this.#connecting.cancel();
      this.#live = true;
      owner.welcomed(this);
    });
  }

  get socket(): Socket {
    return this.#nest.socket;
  }

  get home(): unknown {
    return this.#owner;
  }

  get inFlight(): number {
    return this.#replies.size;
  }

  /** Sends a request; its deadline is the caller's alone to keep. */
  send(call: ClientCall): void {
    if (call.upload) {
      call.refuse(
        new ConfigurationError(
          `${this.peer} speaks stock Nest's wire, which has no uploads: call it on Rookery's, or send the items one by one`,
        ),
      );
      return;
    }
    let { id } = call.message.envelope;
    while (this.#replies.has(id)) id += '+';
    this.#replies.add(id, call);
    this.#unsent.push(call);
    this.#nest.write(requestPacket(call.message, id));
  }

  /** Events leave without an answer: handed to the system is all that can be known of them. */
  consumer(): Consumer {
    return {
      replica: this.replica,
      window: EVENT_WINDOW,
      deliver: (message, _attempt, settle) => {
        const leave = () => {
          this.#events.push(settle);
          this.#nest.write(eventPacket(message));
        };
        if (this.roomy) leave();
        else this.#held.push(leave);
      },
    };
  }

  /** Whether it takes a further call now: the peer has to read what it is sent. */
  get roomy(): boolean {
    return !this.socket.writableNeedDrain;
  }

  /** Who is told from now on how calls end. */
  set outcomes(outcomes: CallOutcomes) {
    this.#replies.outcomes = outcomes;
  }

  abandon(error: RookeryError): void {
    this.#replies.abandon(error);
  }

  retire(): void {
    this.#retired = true;
    this.#endIfDone();
  }

  end(): void {
    this.#nest.end();
  }

  destroy(cause: RookeryError): void {
    this.#nest.destroy(cause);
  }

  packet(packet: object): void {
    const { id, err, body, disposed } = readReply(packet);
    if (id === undefined) return; // for nobody
    if (err !== undefined) {
      const pattern = this.#replies.find(id)?.message.envelope.pattern ?? '';
      this.#replies.fail(id, failureOfStock(err, this.#owner.target, pattern));
    } else this.#replies.reply(id, body, disposed);
  }

  written(): void {
    for (const call of this.#unsent.splice(0)) call.number = ++this.#count;
  }

  flushed(): void {
    for (const settle of this.#events.splice(0)) settle({ outcome: 'accept' });
    while (this.#held.length > 0 && this.roomy) this.#held.shift()?.();
    if (this.#retired) this.#endIfDone();
    else this.#owner.roomy(this);
  }

  closed(cause: Error | undefined): void {
    this.#connecting.cancel();
    const why = cause?.message ?? 'the other side closed it';
    const calls = this.#replies.clear();
    if (calls.some(({ sent }) => sent)) this.#replies.outcomes.lost();
    this.#events = [];
    this.#held = [];
    this.#unsent = [];
    this.#owner.closed(this, this.#failure(why, cause));
    for (const call of calls) {
      if (!call.holder) continue; // given up by whoever was told of another
      const { pattern } = call.message.envelope;
      if (isRookeryError(cause) && cause.code === 'PROTOCOL_VIOLATION') {
        call.lost(new ProtocolViolation(`${this.peer} cannot be called: ${why}`, { cause }));
      } else if (!call.sent) {
        call.takeBack();
        this.#owner.returned(call);
      } else {
        const message = `the connection to ${this.peer} was lost (${why}) after ${pattern} had been sent; it may have been handled`;
        call.lost(new ConnectionLost(message, { cause }));
      }
    }
  }

  #endIfDone(): void {
    const events = this.#events.length + this.#held.length;
    if (this.#retired && this.#replies.size === 0 && events === 0) this.end();
  }

  #failure(why: string, cause: Error | undefined): RookeryError {
    const message = `the connection to ${this.peer} was lost: ${why}`;
    if (isRookeryError(cause) && cause.code === 'PROTOCOL_VIOLATION')
      return new ProtocolViolation(message, { cause });
    if (this.#live) return new ConnectionLost(message, { cause });
    return new AddressUnusable(`cannot reach ${this.peer}: ${why}`, { cause });
  }
}
