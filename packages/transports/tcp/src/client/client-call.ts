import type { Body, Call, CancelCause, Message, ReplySink, RookeryError } from '@rookery/core';
import type { LargeBody } from '../connection/large-body.js';
import type { Outgoing } from '../connection/outgoing.js';
import { ClientUpload } from './client-upload.js';

/** Who has a call that has not ended: the queue of its service, or the connection that it was sent on. */
export interface CallHolder {
  credit(call: ClientCall, count: number): void;
  /** The call has ended already. */
  cancel(call: ClientCall, why: CancelCause): void;
}

/** A request from the caller's side, from its hand-over to its end. */
export class ClientCall implements Call {
  /** Its number on its connection; 0 until it was written. */
  number = 0;
  /** `undefined` once it has ended. */
  holder: CallHolder | undefined;
  message: Message;
  readonly replica: string | undefined;
  /** When it was handed over, by the monotonic clock; only known of calls that had to wait. */
  since: number | undefined;
  /** The credit that it leaves with. */
  window: number;
  /** Where it was written, and in which batch: while that is still the current one, it has not left. */
  outgoing: Outgoing | undefined;
  batch = 0;
  /** Its body, if it leaves in chunks. */
  large: LargeBody | undefined;
  /** Its items, if it has an upload. */
  readonly upload: ClientUpload | undefined;
  readonly #sink: ReplySink;

  constructor(message: Message, replica: string | undefined, window: number, sink: ReplySink) {
    this.message = message;
    this.replica = replica;
    this.window = window;
    this.#sink = sink;
    this.upload = sink.upload && new ClientUpload(this, sink.upload);
  }

  /** Whether it has an end. */
  get ended(): boolean {
    return this.holder === undefined;
  }

  get sent(): boolean {
    return this.number > 0 && this.outgoing?.batch !== this.batch;
  }

  credit(count: number): void {
    this.holder?.credit(this, count);
  }

  cancel(why: CancelCause = 'caller'): void {
    const holder = this.holder;
    this.holder = undefined;
    holder?.cancel(this, why);
  }

  giveUp(error: RookeryError): void {
    const { holder } = this;
    this.lost(error);
    holder?.cancel(this, 'caller');
  }

  reply(body: Body, last: boolean): void {
    if (!this.holder) return;
    if (last) this.holder = undefined;
    this.#sink.reply(body, last);
  }

  fail(failure: string): void {
    if (!this.holder) return;
    this.holder = undefined;
    this.#sink.fail(failure);
  }

  lost(error: RookeryError): void {
    if (!this.holder) return;
    this.holder = undefined;
    this.#sink.lost(error);
  }

  /** It has not left on the connection that it was written to, which is gone. */
  takeBack(): void {
    this.number = 0;
    this.outgoing = undefined;
    this.large = undefined;
  }

  /** Ends the call in a moment, because a request never fails before its caller has it in hand. */
  refuse(error: RookeryError): this {
    this.holder = NOBODY;
    queueMicrotask(() => this.lost(error));
    return this;
  }
}

const NOBODY: CallHolder = { credit() {}, cancel() {} };
