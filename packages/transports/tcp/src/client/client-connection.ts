import type { Socket } from 'node:net';
import {
  AddressUnusable,
  certificateProblem,
  ConnectionLost,
  handshakeProblem,
  isRookeryError,
  ProtocolViolation,
  type RookeryError,
  Unauthenticated,
} from '@rookery/core';
import { type Address, placeOf } from '../address.js';
import type { ClientCall } from './client-call.js';
import { ClientCalls } from './client-calls.js';
import { ClientDeliveries } from './client-deliveries.js';
import { Connection, type ConnectionOwner, type ConnectionScope } from '../connection/connection.js';
import type { Consumer } from '../events/consumer.js';
import type { Cursor } from '../frames/cursor.js';
import { FRAME_NAMES, FrameType } from '../frames/frame-type.js';
import { GoodbyeReason, readGoodbye } from '../frames/goodbye.js';
import { readWelcome, type Route, type Welcome } from '../frames/handshake.js';
import { KNOWN, malformed, MAX_WELCOME, VERSIONS } from '../frames/protocol.js';
import { type CallOutcomes, IGNORED } from './replicas/call-outcomes.js';
import { CallerProof } from '../security/caller-proof.js';
import { MessageWriter } from '../connection/message-writer.js';
import type { ServiceConnection, ServiceConnectionOwner } from './service-connection.js';

/** The caller's end of one connection: the handshake, the calls under way, and what they get. */
export class ClientConnection implements ConnectionOwner, ServiceConnection {
  readonly peer: string;
  readonly #connection: Connection;
  readonly #scope: ConnectionScope;
  readonly #owner: ServiceConnectionOwner;
  #welcome: Welcome | undefined;
  #calls: ClientCalls | undefined;
  #deliveries: ClientDeliveries | undefined;
  #outcomes: CallOutcomes = IGNORED;
  #draining = false;
  #ending = false;
  #goodbye: string | undefined;
  readonly #secure: boolean;
  readonly #proof: CallerProof | undefined;
  #hello: Uint8Array = new Uint8Array();

  constructor(socket: Socket, address: Address, scope: ConnectionScope, owner: ServiceConnectionOwner) {
    this.peer = `'${owner.target}' at ${placeOf(address)}`;
    this.#scope = scope;
    this.#secure = address.secure === true;
    this.#owner = owner;
    this.#connection = new Connection(socket, MAX_WELCOME, scope, this);
    const [secret] = scope.settings.security.secrets;
    if (secret !== undefined) this.#proof = new CallerProof(secret, scope.random);
    this.#sayHello();
  }

  get replica(): string | undefined {
    return this.#welcome?.replica;
  }

  get socket(): Socket {
    return this.#connection.socket;
  }

  /** How many calls have no end yet. */
  get inFlight(): number {
    return this.#calls?.size ?? 0;
  }

  /** Who is told from now on how calls end. */
  set outcomes(outcomes: CallOutcomes) {
    this.#outcomes = outcomes;
    if (this.#calls) this.#calls.outcomes = outcomes;
  }

  /** Whether it takes a further call now: the peer serves only so many at once, and has to read what it is sent. */
  get roomy(): boolean {
    return this.inFlight < (this.#welcome?.maxRequests ?? 0) && !this.#connection.pressure.crowded;
  }

  get home(): unknown {
    return this.#owner;
  }

  get routes(): readonly Route[] {
    return this.#welcome?.subscriptions ?? [];
  }

  consumer(index: number): Consumer {
    const { concurrency } = this.routes[index] as Route;
    return (this.#deliveries as ClientDeliveries).consumer(index, this.#welcome?.replica ?? '', concurrency);
  }

  /** Sends a request, once the handshake is done. One that the peer would not take ends with the reason. */
  send(call: ClientCall, timeout: number | undefined): void {
    (this.#calls as ClientCalls).send(call, timeout);
  }

  /** Ends every call with `error`, and tells the peer. */
  abandon(error: RookeryError): void {
    this.#calls?.abandon(error);
  }

  /** Ends when the calls and deliveries that are under way have; nobody gives it new ones. */
  retire(): void {
    this.#draining = true;
    this.#endIfDone();
  }

  /** Sends what was written, then closes. */
  end(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#connection.goodbye(GoodbyeReason.closing, '');
    this.#connection.end();
  }

  destroy(cause: RookeryError): void {
    this.#connection.destroy(cause);
  }

  frame(type: number, fields: Cursor): void {
    if (type === FrameType.goodbye) this.#takeGoodbye(fields);
    else if (!this.#welcome) this.#takeWelcome(type, fields);
    else if (type === FrameType.reply) this.#calls?.reply(fields);
    else if (type === FrameType.fail) this.#calls?.fail(fields);
    else if (type === FrameType.demand) this.#calls?.demand(fields, this.#connection.pressure.crowded);
    else if (type === FrameType.enough) this.#calls?.enough(fields);
    else if (type === FrameType.window) this.#deliveries?.window(fields, this.routes.length);
    else if (type === FrameType.owner) this.#deliveries?.owned(fields, this.routes.length);
    else if (type === FrameType.ack) this.#deliveries?.acknowledge(fields);
    else throw malformed(`a ${FRAME_NAMES[type]} frame, which only the side that connected may send`);
  }

  /** It is still read from: so the peer, which may wait for that, reads again too. */
  crowded(): void {
    // Calls wait while it is not `roomy`.
  }

  eased(): void {
    this.#calls?.eased();
    this.#owner.roomy(this);
  }

  closed(cause: Error | undefined): void {
    const why = this.#goodbye ?? cause?.message ?? this.#silentEnd;
    const calls = this.#calls?.clear() ?? [];
    if (calls.some(({ sent }) => sent)) this.#outcomes.lost();
    this.#deliveries?.clear();
    this.#owner.closed(this, this.#failure(why, cause));
    for (const call of calls) {
      if (!call.holder) continue; // given up by whoever was told of another
      if (!call.sent) {
        call.takeBack();
        this.#owner.returned(call);
        continue;
      }
      const message = `the connection to ${this.peer} was lost (${why}) after ${call.message.envelope.pattern} had been sent; it may have been handled`;
      call.lost(new ConnectionLost(message, { cause }));
    }
  }

  /** A port of TLS hears no TLS, and closes. */
  get #silentEnd(): string {
    const plain = !this.#welcome && !this.#secure;
    return `the other side closed it${plain ? '; if it speaks TLS, this side has to as well (tcps://)' : ''}`;
  }

  /** What the end of the connection means to those who wait for one. */
  #failure(why: string, cause: Error | undefined): RookeryError {
    if (this.#welcome)
      return new ConnectionLost(`the connection to ${this.peer} was lost: ${why}`, { cause });
    const certificate = certificateProblem(cause);
    const message = `cannot reach ${this.peer}: ${certificate ?? handshakeProblem(cause) ?? why}`;
    if (certificate !== undefined || (isRookeryError(cause) && cause.code === 'UNAUTHENTICATED'))
      return new Unauthenticated(message, { cause });
    if (!isRookeryError(cause)) return new AddressUnusable(message, { cause });
    if (cause.code === 'PROTOCOL_VIOLATION') return new ProtocolViolation(message, { cause });
    // Stock Nest takes the HELLO for the begin of a packet, and waits for its end.
    const hint =
      cause.code === 'CONNECTION_LOST' ? "; if that is a stock Nest server, call it with wire: 'nest'" : '';
    return new AddressUnusable(message + hint, { cause, recourse: cause.recourse });
  }

  #sayHello(): void {
    const { service, replica } = this.#owner;
    const { maxFrame, maxBody } = this.#scope.settings;
    const nonce = this.#proof?.nonce;
    const hello = JSON.stringify({
      versions: VERSIONS,
      service,
      replica,
      maxFrame,
      maxBody,
      idle: true,
      knows: KNOWN,
      nonce,
    });
    this.#hello = Buffer.from(hello);
    const writer = this.#connection.outgoing.begin(FrameType.hello, this.#hello.length);
    writer.restBytes(this.#hello);
    writer.end();
  }

  #takeWelcome(type: number, fields: Cursor): void {
    if (type === FrameType.challenge && this.#proof) {
      const { socket } = this.#connection;
      const proof = this.#proof.answer(fields, this.#hello, this.#owner.target, socket);
      const writer = this.#connection.outgoing.begin(FrameType.proof, proof.length);
      writer.restBytes(proof);
      writer.end();
      return;
    }
    if (type !== FrameType.welcome) throw malformed(`a ${FRAME_NAMES[type]} frame before the WELCOME`);
    const welcome = readWelcome(fields);
    if (welcome.service !== this.#owner.target) {
      const who =
        welcome.service === undefined ? 'a process without a name' : `the service '${welcome.service}'`;
      const wrong = new AddressUnusable(`there is ${who}; correct the address`, { recourse: 'terminal' });
      this.#connection.fail(wrong, GoodbyeReason.closing);
      return;
    }
    this.#proof?.check(welcome.proof);
    this.#welcome = welcome;
    const { outgoing, bodies } = this.#connection;
    const writer = new MessageWriter(outgoing, this.#owner.service, welcome);
    const ended = () => {
      this.#endIfDone();
      if (this.inFlight === welcome.maxRequests - 1) this.#owner.roomy(this);
    };
    this.#calls = new ClientCalls(writer, outgoing, bodies, ended);
    this.#deliveries = new ClientDeliveries(writer, this.#scope.logger, ended);
    this.#connection.greeted();
    this.#owner.welcomed(this);
  }

  #takeGoodbye(fields: Cursor): void {
    const { reason, text } = readGoodbye(fields);
    const idle = reason === GoodbyeReason.idle;
    if ((reason === GoodbyeReason.draining || idle) && this.#welcome) {
      this.#drain(idle);
      return;
    }
    this.#goodbye = text === '' ? undefined : text;
    if (reason === GoodbyeReason.unauthenticated) {
      this.#connection.destroy(new Unauthenticated(text));
      return;
    }
    if (reason === GoodbyeReason.version || reason === GoodbyeReason.violation) {
      this.#connection.destroy(new ProtocolViolation(`the other side refuses: ${text}`));
    }
  }

  #drain(idle: boolean): void {
    if (!this.#draining) this.#owner.draining(this, idle);
    this.#draining = true;
    // Its answer promises that nothing more comes, and a request has come when its last chunk has.
    const answer = () => this.#connection.goodbye(GoodbyeReason.draining, '');
    this.#connection.outgoing.whenWhole(answer);
    this.#endIfDone();
  }

  /** A peer that drains waits for this side to hang up, so that it knows that nothing more is coming. */
  #endIfDone(): void {
    if (this.#draining && this.#calls?.size === 0 && this.#deliveries?.size === 0) this.end();
  }
}
