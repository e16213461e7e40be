import type { Socket } from 'node:net';
import {
  type Body,
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
import { CHUNK_SIZE } from '../frames/protocol.js';
import { writeReply } from './reply-writer.js';
import type { Outgoing } from '../connection/outgoing.js';

/** Replies of no more bytes than this go out in any case: their failure would be as large. */
const SMALL = 512;

/** Where a served call is known, and what it writes to. */
export interface ServedCallOwner {
  readonly outgoing: Outgoing;
  readonly socket: Socket;
  /** Who the caller is, as far as it has proven it. */
  readonly identity: Peer | undefined;
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

  /** Whether nothing more will be answered. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether, besides, all of it is written. */
  get done(): boolean {
    return this.#ended && this.#large === undefined;
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
    this.#ended = last;
    this.#write(FrameType.reply, body, last);
  }

  fail(failure: string): void {
    if (this.#ended) return;
    this.#ended = true;
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

  /** The caller gave up or is gone: nothing more is written. */
  cancel(): void {
    this.#large?.abandon();
    const work = this.#ended ? undefined : this.#work;
    this.#ended = true;
    this.#work = undefined;
    work?.cancel();
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
    const large = writeReply(this.#owner.outgoing, type, this.number, body, last);
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
