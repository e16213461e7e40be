import { type Body, type CancelCause, isRookeryError, type RookeryError } from '@rookery/core';
import type { CallHolder, ClientCall } from './client-call.js';
import type { ClientUpload } from './client-upload.js';
import { type CallOutcomes, IGNORED } from './replicas/call-outcomes.js';
import { BodyFlag, readBody, readFlags } from '../frames/body-flags.js';
import type { Cursor } from '../frames/cursor.js';
import { FrameType } from '../frames/frame-type.js';
import { VARINT_BOUND } from '../frames/frame-writer.js';
import { malformed, MAX_NUMBER } from '../frames/protocol.js';
import { NumberTable } from '../connection/number-table.js';
import type { IncomingBodies } from '../connection/incoming-bodies.js';
import type { MessageWriter } from '../connection/message-writer.js';
import type { Outgoing } from '../connection/outgoing.js';

/** The calls that were sent on one connection and have no end yet. */
export class ClientCalls implements CallHolder {
  readonly #writer: MessageWriter;
  readonly #outgoing: Outgoing;
  readonly #bodies: IncomingBodies;
  readonly #ended: () => void;
  readonly #calls = new NumberTable<ClientCall>();
  /** Uploads that go on when the peer has read more. */
  readonly #held = new Set<ClientUpload>();
  #number = 0;
  /** Is told how they end. */
  outcomes: CallOutcomes = IGNORED;

  /** @param ended called after each call's end */
  constructor(writer: MessageWriter, outgoing: Outgoing, bodies: IncomingBodies, ended: () => void) {
    this.#writer = writer;
    this.#outgoing = outgoing;
    this.#bodies = bodies;
    this.#ended = ended;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Sends a request. One that the peer would not take ends with the reason. */
  send(call: ClientCall, timeout: number | undefined): void {
    const number = this.#nextNumber();
    try {
      if (call.upload) this.#writer.assertUploads();
      call.large = this.#writer.request(
        number,
        call.message,
        timeout,
        call.window,
        call.upload !== undefined,
      );
    } catch (error) {
      if (!isRookeryError(error)) throw error;
      call.refuse(error);
      return;
    }
    call.number = number;
    call.outgoing = this.#outgoing;
    if (call.upload) call.upload.maxBody = this.#writer.maxBody;
    call.batch = call.outgoing.batch;
    call.holder = this;
    this.#calls.add(call);
  }

  credit(call: ClientCall, count: number): void {
    call.window += count;
    const writer = this.#outgoing.begin(FrameType.credit, 2 * VARINT_BOUND);
    writer.varint(call.number);
    writer.varint(count);
    writer.end();
  }

  cancel(call: ClientCall, why: CancelCause): void {
    const { number, large } = call;
    this.#calls.delete(number);
    large?.abandon();
    call.upload?.abandon();
    const writer = this.#outgoing.begin(FrameType.cancel, VARINT_BOUND);
    writer.varint(number);
    writer.end();
    if (why === 'deadline') this.outcomes.expired(call);
    this.#ended();
  }

  /** Ends every call with `error`, and tells the peer. */
  abandon(error: RookeryError): void {
    for (const call of this.#calls.all()) {
      this.cancel(call, 'caller');
      call.lost(error);
    }
  }

  /** The connection is gone: gives the calls, which have no end here. */
  clear(): readonly ClientCall[] {
    const calls = this.#calls.all();
    this.#calls.clear();
    return calls;
  }

  /** Takes a REPLY frame. */
  reply(fields: Cursor): void {
    const call = this.#calls.get(fields.varint());
    const flags = readFlags(fields);
    const last = (flags & BodyFlag.last) !== 0;
    if (flags & BodyFlag.chunked) {
      const body = this.#bodies.announce(fields, flags, (whole) => this.#reply(call, whole, last));
      if (!call) body.discard();
    } else this.#reply(call, readBody(fields, flags), last);
  }

  /** Takes a FAIL frame. */
  fail(fields: Cursor): void {
    const call = this.#calls.get(fields.varint());
    const flags = readFlags(fields);
    if (flags & BodyFlag.chunked) this.#bodies.announce(fields, flags, (body) => this.#fail(call, body));
    else this.#fail(call, readBody(fields, flags));
  }

  /** Takes a DEMAND frame. While much waits for the peer to read, no source is asked. */
  demand(fields: Cursor, crowded: boolean): void {
    const upload = this.#calls.get(fields.varint())?.upload;
    const count = fields.varint();
    const bytes = fields.varint();
    fields.finish();
    if (!upload) return;
    this.outcomes.answered();
    if (crowded) this.#held.add(upload);
    upload.allow(count, bytes, crowded);
  }

  /** Takes an ENOUGH frame. */
  enough(fields: Cursor): void {
    const call = this.#calls.get(fields.varint());
    fields.finish();
    call?.upload?.stop();
  }

  /** Little waits for the peer again. */
  eased(): void {
    const held = [...this.#held];
    this.#held.clear();
    for (const upload of held) upload.flow();
  }

  /** @param call `undefined` when it was cancelled while the reply was on its way */
  #reply(call: ClientCall | undefined, body: Body, last: boolean): void {
    if (!call) return;
    if (last) this.#forget(call);
    this.outcomes.answered();
    call.reply(body, last);
    if (last) this.#ended();
  }

  #fail(call: ClientCall | undefined, body: Body): void {
    if (typeof body !== 'string') throw malformed('a FAIL frame without text');
    if (!call) return;
    this.#forget(call);
    if (isUnavailable(body)) this.outcomes.unavailable(call);
    else this.outcomes.answered();
    call.large?.abandon(); // it was refused before all of it had left
    call.fail(body);
    this.#ended();
  }

  #forget(call: ClientCall): void {
    this.#calls.delete(call.number);
    call.upload?.abandon();
  }

  #nextNumber(): number {
    do this.#number = this.#number === MAX_NUMBER ? 1 : this.#number + 1;
    while (this.#calls.get(this.#number));
    return this.#number;
  }
}

/** As core's encodeFailure writes it; any other failure is an answer like others. */
function isUnavailable(failure: string): boolean {
  return failure.startsWith('{"k":"r","code":"UNAVAILABLE"');
}
