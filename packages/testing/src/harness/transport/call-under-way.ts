import { AsyncLocalStorage } from 'node:async_hooks';
import {
  createEnvelope,
  type Body,
  type Call,
  type CancelCause,
  type Message,
  type ReplySink,
  type RookeryError,
} from '@rookery/core';
import { decoded, errorText, failureText } from '../records/journal.js';
import type { Replied } from '../records/records.js';
import type { Pending } from '../work/under-way.js';
import type { Held, Owner } from './owner.js';
import { UploadUnderWay } from './upload-under-way.js';

/** A request that a process has sent, until its answer is there. */
export class CallUnderWay implements Call, ReplySink, Pending {
  readonly what: string;
  readonly upload: UploadUnderWay | undefined;
  readonly #process: Owner;
  readonly #service: string;
  readonly #message: Message;
  readonly #sink: ReplySink;
  readonly #open: Set<Held>;
  readonly #within = AsyncLocalStorage.snapshot();
  #call: Call | undefined;
  /** Given before the request was in the medium. */
  #credit = 0;
  #ended = false;
  #answer: unknown;
  #values = 0;

  constructor(process: Owner, service: string, message: Message, sink: ReplySink, open: Set<Held>) {
    const { pattern, causationId, key } = message.envelope;
    this.what = `request ${pattern} of '${process.service}' to '${service}', without an answer`;
    this.#process = process;
    this.#service = service;
    this.#message = message;
    this.#sink = sink;
    this.#open = open;
    open.add(this);
    const { upload } = sink;
    this.upload =
      upload && new UploadUnderWay(process, pattern, upload, () => this.#call?.upload, this.#within);
    const { journal, underWay } = process.stage;
    underWay.add(this);
    journal.add({
      type: 'sent',
      kind: 'request',
      service: process.service,
      to: service,
      ...journal.about(message),
      causationId,
      key,
      delay: 0,
    });
  }

  /** Hands it over after `delay` milliseconds, which are taken off its deadline. */
  send(delay: number, request: (message: Message) => Call): void {
    if (delay === 0) {
      this.#attach(request(this.#message));
      return;
    }
    this.#process.stage.clock.after(delay, () => {
      if (this.#ended) return;
      const { envelope, body } = this.#message;
      const { timeout } = envelope;
      const left = timeout === undefined ? undefined : Math.max(0, timeout - delay);
      this.#attach(request({ envelope: createEnvelope({ ...envelope, timeout: left }), body }));
    });
  }

  get sent(): boolean {
    return this.#call?.sent ?? true;
  }

  credit(count: number): void {
    if (this.#call) this.#call.credit(count);
    else this.#credit += count;
  }

  cancel(why?: CancelCause): void {
    this.#call?.cancel(why);
    if (this.#values > 0) this.#end('answered');
    else this.#end('lost', why === 'deadline' ? 'no answer in time' : 'given up by its caller');
  }

  reply(body: Body, last: boolean): void {
    if (this.#ended) return;
    if (!last || body !== undefined) {
      if (this.#values === 0) this.#answer = decoded(body);
      this.#values++;
    }
    if (last) this.#end('answered');
    this.#within(() => this.#sink.reply(body, last));
  }

  fail(failure: string): void {
    if (this.#ended) return;
    this.#end('failed', failureText(failure));
    this.#within(() => this.#sink.fail(failure));
  }

  lost(error: RookeryError): void {
    if (this.#ended) return;
    this.#end('lost', errorText(error));
    this.#within(() => this.#sink.lost(error));
  }

  /** The process is gone, and with it whoever waits. */
  drop(): void {
    this.#ended = true;
    this.#open.delete(this);
    this.#process.stage.underWay.remove(this);
  }

  #attach(call: Call): void {
    this.#call = call;
    if (this.#credit > 0) call.credit(this.#credit);
  }

  #end(outcome: Replied['outcome'], error?: string): void {
    if (this.#ended) return;
    this.drop();
    const { journal } = this.#process.stage;
    const { data: _, ...about } = journal.about(this.#message);
    journal.add({
      type: 'replied',
      service: this.#process.service,
      to: this.#service,
      ...about,
      outcome,
      answer: this.#answer,
      values: this.#values,
      error,
    });
  }
}
