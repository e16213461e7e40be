import {
  type Body,
  type CancelCause,
  type Clock,
  type PacedReply,
  type PacedSource,
  Pacing,
  type RookeryError,
  UnpacedReply,
} from '@rookery/core';
import { type CallOutcomes, IGNORED } from '../client/replicas/call-outcomes.js';
import type { CallHolder, ClientCall } from '../client/client-call.js';

/** A call on the stock wire. */
class NestReply implements CallHolder, PacedReply {
  readonly call: ClientCall;
  readonly #id: string;
  readonly #replies: NestReplies;
  readonly #reply: UnpacedReply;

  constructor(call: ClientCall, id: string, replies: NestReplies) {
    this.call = call;
    this.#id = id;
    this.#replies = replies;
    this.#reply = new UnpacedReply(call, call.window, () => replies.drop(id, this));
    call.holder = this;
  }

  get pattern(): string {
    return this.call.message.envelope.pattern;
  }

  get held(): number {
    return this.#reply.held;
  }

  reply(body: Body, last: boolean): void {
    this.#reply.reply(body, last);
  }

  fail(failure: string): void {
    this.#reply.fail(failure);
  }

  credit(_call: ClientCall, count: number): void {
    this.#reply.credit(count);
    this.#replies.taken(this);
  }

  cancel(call: ClientCall, why: CancelCause): void {
    if (why === 'deadline') this.#replies.outcomes.expired(call);
    this.stop();
    this.#replies.drop(this.#id, this);
  }

  overflow(error: RookeryError): void {
    this.cancel(this.call, 'caller');
    this.call.lost(error);
  }

  stop(): void {
    this.#reply.stop();
  }
}

/** The calls that were sent on one connection of the stock wire and have no end yet; see {@link Pacing} for slow readers. */
export class NestReplies {
  readonly #pacing: Pacing;
  readonly #open = new Map<string, NestReply>();
  readonly #ended: () => void;
  /** Is told how calls end. */
  outcomes: CallOutcomes = IGNORED;

  /** @param ended called after each call's end */
  constructor(clock: Clock, source: PacedSource, ended: () => void) {
    this.#pacing = new Pacing(clock, source);
    this.#ended = ended;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Whether a call with this id is open. */
  has(id: string): boolean {
    return this.#open.has(id);
  }

  add(id: string, call: ClientCall): void {
    this.#open.set(id, new NestReply(call, id, this));
  }

  /** The call with this id, if it is open: its caller may have gone. */
  find(id: string): ClientCall | undefined {
    return this.#open.get(id)?.call;
  }

  /** @param last whether the reply is complete; `body` is a value if it is not `undefined` */
  reply(id: string, body: Body, last: boolean): void {
    const reply = this.#open.get(id);
    if (!reply) return;
    this.outcomes.answered();
    reply.reply(body, last);
    this.#pacing.came(reply);
  }

  /** @param failure as of encodeFailure */
  fail(id: string, failure: string): void {
    const reply = this.#open.get(id);
    if (!reply) return;
    this.outcomes.answered();
    reply.fail(failure);
  }

  /** Ends every call with `error`. */
  abandon(error: RookeryError): void {
    for (const call of this.clear()) call.lost(error);
  }

  /** The connection is gone: gives the calls, which have no end here. */
  clear(): readonly ClientCall[] {
    const replies = [...this.#open.values()];
    this.#open.clear();
    for (const reply of replies) {
      reply.stop();
      this.taken(reply);
    }
    return replies.map(({ call }) => call);
  }

  /** @internal */
  drop(id: string, reply: NestReply): void {
    this.#open.delete(id);
    this.taken(reply);
    this.#ended();
  }

  /** @internal */
  taken(reply: NestReply): void {
    this.#pacing.taken(reply);
  }
}
