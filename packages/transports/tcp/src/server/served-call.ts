import type { Socket } from 'node:net';
import {
  type Body,
  type ConnectionLost,
  encodeFailure,
  PayloadTooLarge,
  QueueFull,
  type Peer,
  type Responder,
  type ServerCall,
} from '@rookery/core';
import { sizeBeyond } from '../frames/body-flags.js';
import { FrameType } from '../frames/frame-type.js';
import type { LargeBody } from '../connection/large-body.js';
import type { Pressure } from '../connection/pressure.js';
import { CHUNK_SIZE, malformed } from '../frames/protocol.js';
import { writeValue } from '../connection/value-writer.js';
import type { BodyBounds } from '../connection/body-bounds.js';
import { ServedUpload } from './served-upload.js';
import type { Outgoing } from '../connection/outgoing.js';

/** Replies of no more bytes than this go out in any case: their failure would be as large. */
const SMALL = 512;

/** Where a served call is known, and what it writes to. */
export interface ServedCallOwner {
  readonly outgoing: Outgoing;
  readonly socket: Socket;
  /** Who the caller is, as far as it has proven it. */
  readonly identity: Peer | undefined;
  /** Whether it can only be on this machine. */
  readonly local: boolean;
  /** The largest body that the caller takes. */
  readonly maxBody: number;
  /** How much waits for the caller to read. */
  readonly pressure: Pressure;
  /** The call has ended, and its last byte was written. */
  forget(call: ServedCall): void;
}

/** A request from the serving side. */
export class ServedCall implements Responder {
  readonly number: number;
  /** The credit that it came with, until the work begins. */
  window: number;
  /** Its items, if it has an upload. */
  upload: ServedUpload | undefined;
  readonly #owner: ServedCallOwner;
  #work: ServerCall | undefined;
  #ended = false;
  /** The last value, while it is on its way in chunks; what follows waits for it. */
  #large: LargeBody | undefined;

  constructor(number: number, window: number, owner: ServedCallOwner) {
    this.number = number;
    this.window = window;
    this.#owner = owner;
  }

  get native(): Socket {
    return this.#owner.socket;
  }

  get peer(): Peer | undefined {
    return this.#owner.identity;
  }

  get local(): boolean {
    return this.#owner.local;
  }

  /** Whether a handler has it. */
  get begun(): boolean {
    return this.#work !== undefined;
  }

  /** Whether nothing more will be answered. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether, besides, all of it is written. */
  get done(): boolean {
    return this.#ended && this.#large === undefined;
  }

  /** Items follow. */
  expectItems(bounds: BodyBounds | undefined): void {
    this.upload = new ServedUpload(this, this.#owner.outgoing, bounds);
  }

  /** Ties the call to the handler's work. */
  attach(work: ServerCall): void {
    if (!this.#ended) this.#work = work;
  }

  reply(body: Body, last: boolean): void {
    if (this.#ended) return;
    const tooLarge = this.#tooLarge(body);
    if (tooLarge !== undefined) {
      this.interrupt(tooLarge);
      return;
    }
    if (last) this.#end();
    this.#write(FrameType.reply, body, last);
  }

  fail(failure: string): void {
    if (this.#ended) return;
    this.#end();
    this.#write(FrameType.fail, this.#tooLarge(failure) ?? failure, true);
  }

  /** The caller lets more values come. */
  credit(count: number): void {
    if (this.#work) this.#work.credit(count);
    else this.window += count; // its body is still arriving
  }

  /** Stops the work and answers with `failure`. */
  interrupt(failure: string): void {
    const work = this.#work;
    this.fail(failure);
    work?.cancel();
  }

  /** One item of its upload has arrived; `last` when it ends with it, without a further item if there is no body. */
  item(body: Body, last: boolean): void {
    if (!this.upload) throw malformed('an ITEM of a request without an upload');
    if (this.#ended) return;
    if ((!last || body !== undefined) && this.upload.arrived(body)) this.#work?.upload?.write(body);
    if (last) this.#work?.upload?.end();
  }

  /** The source of its upload has failed. */
  broken(failure: string): void {
    if (!this.upload) throw malformed('a BROKEN of a request without an upload');
    if (!this.#ended) this.#work?.upload?.fail(failure);
  }

  /** The caller gave up, or is gone, which is the cause then: nothing more is written. */
  cancel(cause?: ConnectionLost): void {
    this.#large?.abandon();
    const work = this.#ended ? undefined : this.#work;
    this.#end();
    this.#work = undefined;
    work?.cancel(cause);
  }

  #end(): void {
    this.#ended = true;
    this.upload?.close();
  }

  /** The failure to send in place of a body that the caller would not take. */
  #tooLarge(body: Body): string | undefined {
    const { maxBody } = this.#owner;
    const size = sizeBeyond(maxBody, body);
    if (size === undefined) return this.#crowdedOut(body);
    return encodeFailure(
      new PayloadTooLarge(`a reply of ${size} bytes; the caller takes at most ${maxBody}`),
      false,
    );
  }

  /** The failure to send in place of a body that would have to wait behind too much. */
  #crowdedOut(body: Body): string | undefined {
    const { pressure } = this.#owner;
    const size = sizeBeyond(pressure.full ? SMALL : CHUNK_SIZE, body);
    if (size === undefined || (!pressure.full && pressure.takes(size))) return undefined;
    const text = `a reply of ${size} bytes, while the caller has not read so many before it (the service's maxBacklog)`;
    return encodeFailure(new QueueFull(text, { recourse: 'unknown' }), false);
  }

  #write(type: typeof FrameType.reply | typeof FrameType.fail, body: Body, last: boolean): void {
    if (this.#large) {
      this.#large.after(() => this.#write(type, body, last));
      return;
    }
    const large = writeValue(this.#owner.outgoing, type, this.number, body, last);
    this.#large = large;
    large?.after(() => {
      this.#large = undefined;
      if (this.#ended) this.#owner.forget(this);
    });
    if (last) {
      this.#work = undefined;
      if (!large) this.#owner.forget(this);
    }
  }
}
