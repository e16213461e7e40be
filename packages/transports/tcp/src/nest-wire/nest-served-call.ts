import type { Socket } from 'node:net';
import {
  failurePacket,
  replyPacket,
  stockFailure,
  type Body,
  type Peer,
  type Responder,
  type ServerCall,
} from '@rookery/core';

/** Where a call of a stock client is known, and what it writes to. */
export interface NestServedCallOwner {
  readonly socket: Socket;
  /** Who the caller is, as far as it has proven it. */
  readonly identity: Peer | undefined;
  /** Whether it can only be on this machine. */
  readonly local: boolean;
  write(json: string): void;
  /** A failure of which the caller is not told everything. */
  concealed(what: string): void;
  forget(call: NestServedCall): void;
}

/** How many values of a stream may be on their way to the socket; the next ones are asked for once they have left. */
export const NEST_WINDOW = 64;

/** A request of a stock client. It gives no credit: what its socket takes is what it gets. */
export class NestServedCall implements Responder {
  readonly #id: string;
  readonly #owner: NestServedCallOwner;
  #work: ServerCall | undefined;
  #ended = false;
  /** How many values have left for which no others were asked. */
  #owed = 0;

  /** @param id as JSON */
  constructor(id: string, owner: NestServedCallOwner) {
    this.#id = id;
    this.#owner = owner;
  }

  /** Who the caller is, as far as it has proven it. */
  get peer(): Peer | undefined {
    return this.#owner.identity;
  }

  get local(): boolean {
    return this.#owner.local;
  }

  get native(): Socket {
    return this.#owner.socket;
  }

  /** Ties the call to the handler's work. */
  attach(work: ServerCall): void {
    if (!this.#ended) this.#work = work;
  }

  reply(body: Body, last: boolean): void {
    if (this.#ended) return;
    this.#owner.write(replyPacket(this.#id, body, last));
    if (last) this.#end();
    else this.#owed++;
  }

  fail(failure: string): void {
    if (this.#ended) return;
    const { fields, hidden } = stockFailure(failure);
    if (hidden !== undefined) this.#owner.concealed(hidden);
    this.#owner.write(failurePacket(this.#id, fields));
    this.#end();
  }

  /** What was written has left: asks for as much again. */
  flushed(): void {
    if (this.#owed === 0 || !this.#work) return;
    const owed = this.#owed;
    this.#owed = 0;
    this.#work.credit(owed);
  }

  /** Stops the work and answers with `failure`. */
  interrupt(failure: string): void {
    const work = this.#work;
    this.fail(failure);
    work?.cancel();
  }

  /** The caller is gone: nothing more is written. */
  cancel(): void {
    const work = this.#work;
    this.#ended = true;
    this.#work = undefined;
    work?.cancel();
  }

  #end(): void {
    this.#ended = true;
    this.#work = undefined;
    this.#owner.forget(this);
  }
}
