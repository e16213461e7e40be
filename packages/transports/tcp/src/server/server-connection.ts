import type { Socket } from 'node:net';
import {
  ConnectionLost,
  encodeFailure,
  type Message,
  NoHandler,
  type Peer,
  PermissionDenied,
  ProtocolViolation,
  Unavailable,
} from '@rookery/core';
import { Connection, type ConnectionOwner, type ConnectionScope } from '../connection/connection.js';
import { BodyBounds } from '../connection/body-bounds.js';
import { NumberTable } from '../connection/number-table.js';
import type { Limits } from '../connection/limits.js';
import { FRAME_NAMES, FrameType } from '../frames/frame-type.js';
import { GoodbyeReason } from '../frames/goodbye.js';
import { Cursor } from '../frames/cursor.js';
import { commonVersion, type Hello, readHello } from '../frames/handshake.js';
import type { ListenedConnection, ListenedConnectionOwner } from './listened-connection.js';
import { tooManyRequests } from './too-many-requests.js';
import { malformed, MAX_HELLO, MAX_NUMBER, VERSIONS } from '../frames/protocol.js';
import { MessageReader } from '../connection/message-reader.js';
import type { Outgoing } from '../connection/outgoing.js';
import type { Pressure } from '../connection/pressure.js';
import { Idleness } from './idleness.js';
import { Gate } from '../security/gate.js';
import { Permissions } from '../security/permissions.js';
import { ServedEvents } from './served-events.js';
import { ServedCall, type ServedCallOwner } from './served-call.js';
import { takeItem } from './take-item.js';

/** The serving end of one connection: the handshake, and the calls under way. */
export class ServerConnection implements ConnectionOwner, ServedCallOwner, ListenedConnection {
  readonly #connection: Connection;
  readonly #owner: ListenedConnectionOwner;
  readonly #calls: NumberTable<ServedCall>;
  readonly #address: string;
  readonly #limits: Limits;
  /** `undefined` where connections may be idle for ever. */
  readonly #idleness: Idleness | undefined;
  readonly #scope: ConnectionScope;
  readonly #gate: Gate;
  #permissions: Permissions | undefined;
  /** A HELLO that is good if the proof is. */
  #challenged: Hello | undefined;
  #hello: Hello | undefined;
  #reader: MessageReader | undefined;
  #events: ServedEvents | undefined;
  /** What to answer to new requests, once there is nobody to handle them. */
  #refusal: string | undefined;
  /** The caller has said that it sends nothing new. */
  #quiet = false;

  constructor(socket: Socket, scope: ConnectionScope, owner: ListenedConnectionOwner) {
    this.#owner = owner;
    this.#limits = scope.settings.limits;
    const { idleTimeout } = this.#limits;
    // To a caller that is not connected, a replica is not there: broadcasts would not reach it.
    const stays = owner.served.intakes.some(({ subscription }) => subscription.broadcast);
    if (idleTimeout !== Infinity && !stays) this.#idleness = new Idleness(scope.clock, idleTimeout);
    this.#scope = scope;
    this.#calls = new NumberTable(scope.random.next() * 2 ** 32);
    this.#gate = new Gate(scope.settings.security, socket);
    this.#address = `${socket.remoteAddress}:${socket.remotePort}`;
    this.#connection = new Connection(socket, MAX_HELLO, scope, this);
    this.#connection.bodies.bounds = new BodyBounds(this.#limits, owner.arrived);
  }

  get peer(): string {
    const who = this.#hello?.service === undefined ? 'a client' : `'${this.#hello.service}'`;
    return `${who} at ${this.#address}`;
  }

  get outgoing(): Outgoing {
    return this.#connection.outgoing;
  }

  get socket(): Socket {
    return this.#connection.socket;
  }

  get pressure(): Pressure {
    return this.#connection.pressure;
  }

  /** Who the caller is, as far as it has proven it. */
  get identity(): Peer | undefined {
    return this.#gate.peer;
  }

  get local(): boolean {
    return this.#scope.settings.security.local;
  }

  denied(why: string): void {
    this.#scope.refusals.say(`an event of ${this.peer} is refused: ${why}`);
  }

  get maxBody(): number {
    return this.#hello?.maxBody ?? 0;
  }

  /** Asks the caller to send nothing new and to hang up when it has all its answers. Who has said nothing yet, has to leave. */
  drain(): void {
    const text = 'the service is going down';
    if (this.#quiet) this.#owner.quiet(this);
    else if (this.#hello) this.#connection.goodbye(GoodbyeReason.draining, text);
    else this.#connection.fail(new Unavailable(text), GoodbyeReason.draining);
  }

  /** Takes nothing any more, answers what comes with `failure`, and what has begun with `cut`; the caller is to hang up. */
  refuse(failure: string, cut: string): void {
    this.#refusal = failure;
    for (const call of this.#calls.all()) call.interrupt(call.begun ? cut : failure);
  }

  forget(call: ServedCall): void {
    if (this.#calls.delete(call.number)) this.#owner.requests--;
  }

  frame(type: number, fields: Cursor): void {
    if (!this.#hello) {
      if (this.#challenged) this.#takeProof(type, fields, this.#challenged);
      else this.#takeHello(type, fields);
      return;
    }
    switch (type) {
      case FrameType.request:
        this.#idleness?.end();
        this.#takeRequest(fields);
        break;
      case FrameType.credit:
        this.#takeCredit(fields);
        break;
      case FrameType.cancel:
        this.#takeCancel(fields);
        break;
      case FrameType.item:
        takeItem(fields, this.#calls, this.#connection.bodies);
        break;
      case FrameType.broken:
        this.#calls.get(fields.varint())?.broken(fields.restText());
        break;
      case FrameType.pattern:
        this.#reader?.pattern(fields);
        break;
      case FrameType.event:
        this.#idleness?.end();
        if (this.#reader) this.#events?.event(fields, this.#reader);
        break;
      case FrameType.owner:
        this.#events?.owner(fields);
        break;
      case FrameType.goodbye:
        this.#quiet = true;
        this.#owner.quiet(this);
        break;
      case FrameType.hello:
      case FrameType.proof:
        throw malformed(`a ${FRAME_NAMES[type]} frame after the handshake`);
      default:
        throw malformed(`a ${FRAME_NAMES[type]} frame, which only the side that listens may send`);
    }
  }

  /** A peer that does not read is not read from, so that it cannot make this side queue answers for ever. */
  crowded(): void {
    this.#connection.pause();
  }

  eased(): void {
    this.#connection.resume();
  }

  beat(): void {
    const advice = this.#idleness?.look(this.#calls.size > 0 || this.#events?.busy === true);
    if (advice === undefined || advice === 'stay') return;
    const text = `no call and no event for ${this.#limits.idleTimeout} ms (idleTimeout)`;
    const understood = this.#hello?.idle === true ? GoodbyeReason.idle : GoodbyeReason.draining;
    if (advice === 'ask') this.#connection.goodbye(understood, text);
    else this.#connection.fail(new Unavailable(text), GoodbyeReason.closing);
  }

  closed(): void {
    const calls = this.#calls.all();
    this.#calls.clear();
    this.#owner.requests -= calls.length;
    this.#events?.close();
    this.#owner.closed(this);
    const lost = new ConnectionLost(`the connection with ${this.peer} was lost`);
    for (const call of calls) call.cancel(lost);
  }

  #takeHello(type: number, fields: Cursor): void {
    if (type !== FrameType.hello) throw malformed(`a ${FRAME_NAMES[type]} frame before the HELLO`);
    const bytes = fields.restBytes();
    const hello = readHello(Cursor.over(bytes));
    const version = commonVersion(hello.versions);
    if (version === undefined) {
      const text = `no common version of the protocol: this side speaks ${VERSIONS.join(', ')}, the other ${hello.versions.join(', ')}`;
      this.#connection.fail(new ProtocolViolation(text), GoodbyeReason.version);
      return;
    }
    const { service } = this.#owner.served.introduction;
    const challenge = this.#gate.hello(hello, bytes, service, this.#scope.random);
    if (!challenge) {
      this.#admit(hello);
      return;
    }
    this.#challenged = hello;
    const writer = this.outgoing.begin(FrameType.challenge, challenge.length);
    writer.restBytes(challenge);
    writer.end();
  }

  #takeProof(type: number, fields: Cursor, hello: Hello): void {
    if (type !== FrameType.proof) throw malformed(`a ${FRAME_NAMES[type]} frame before the PROOF`);
    const proof = this.#gate.proof(fields.restBytes());
    this.#challenged = undefined;
    this.#admit(hello, proof);
  }

  #admit(hello: Hello, proof?: string): void {
    this.#hello = hello;
    const { peer } = this.#gate;
    const { allow } = this.#scope.settings.security;
    if (allow) this.#permissions = new Permissions(allow, peer?.service);
    const source = peer ? peer.service : hello.service;
    this.#reader = new MessageReader(this.#connection.bodies, source, peer !== undefined);
    this.#events = new ServedEvents(this.#owner.served.intakes, this, this.#permissions, hello.knows);
    this.#connection.greeted();
    this.#owner.greeted(this);
    const version = commonVersion(hello.versions);
    const welcome = JSON.stringify({ version, ...this.#owner.served.introduction, proof });
    const writer = this.outgoing.begin(FrameType.welcome, welcome.length * 3);
    writer.restText(welcome);
    writer.end();
    this.#events.begin();
  }

  #takeRequest(fields: Cursor): void {
    const number = fields.varint();
    const credit = fields.varint();
    if (number === 0 || number > MAX_NUMBER) throw malformed(`${number} is no call number`);
    if (this.#calls.get(number)) throw malformed(`call number ${number} is under way already`);
    if (credit === 0) throw malformed('a request without credit');
    const call = new ServedCall(number, credit, this);
    const full = tooManyRequests(this.#calls.size, this.#owner.requests, this.#limits);
    if (full !== undefined) call.fail(full);
    const body = this.#reader?.message(fields, (message, upload) => this.#begin(call, message, upload));
    if (body && call.ended) body.discard();
    else body?.whenRefused((why) => call.fail(encodeFailure(why, false)));
    if (call.done) return;
    this.#calls.add(call);
    this.#owner.requests++;
  }

  #begin(call: ServedCall, message: Message, upload: boolean): void {
    const { handler } = this.#owner.served;
    if (call.ended) return; // cancelled while its body was arriving
    if (upload) call.expectItems(this.#connection.bodies.bounds);
    const denied = this.#permissions?.request(message.envelope.pattern);
    if (denied !== undefined) call.fail(encodeFailure(new PermissionDenied(denied), false));
    else if (this.#refusal !== undefined) call.fail(this.#refusal);
    else if (handler) call.attach(handler(message, call.window, call));
    else
      call.fail(
        encodeFailure(new NoHandler(`${message.envelope.pattern}: no requests are served here`), false),
      );
  }

  #takeCredit(fields: Cursor): void {
    const number = fields.varint();
    const count = fields.varint();
    fields.finish();
    this.#calls.get(number)?.credit(count);
  }

  #takeCancel(fields: Cursor): void {
    const number = fields.varint();
    fields.finish();
    const call = this.#calls.get(number);
    if (!call) return; // it ended while the cancel was on its way
    this.forget(call);
    call.cancel();
  }
}
