import {
  type Body,
  type CancelCause,
  type Clock,
  type RookeryError,
  StreamOverflow,
  type Timer,
} from '@rookery/core';
import { type CallOutcomes, IGNORED } from '../client/replicas/call-outcomes.js';
import type { CallHolder, ClientCall } from '../client/client-call.js';

/** How many values of one reply are kept for a reader who has not asked for them; then the connection is not read. */
const MAX_HELD = 1024;

/** Milliseconds without a value taken in which slow readers may hold up the other calls of a connection. */
const MAX_HOLD_UP = 1_000;

/** How the end of a reply came. */
type End = { readonly failure: string | undefined };

/** A call on the stock wire, which gives values whether there is credit for them or not. */
class NestReply implements CallHolder {
  readonly #call: ClientCall;
  readonly #id: string;
  readonly #replies: NestReplies;
  readonly #values: Body[] = [];
  #credit: number;
  #end: End | undefined;
  #giving = false;

  constructor(call: ClientCall, id: string, replies: NestReplies) {
    this.#call = call;
    this.#id = id;
    this.#replies = replies;
    this.#credit = call.window;
    call.holder = this;
  }

  get call(): ClientCall {
    return this.#call;
  }

  /** How many values wait for credit. */
  get held(): number {
    return this.#values.length;
  }

  value(body: Body): void {
    this.#values.push(body);
    this.#give();
  }

  /** A value with which the reply ends. */
  last(body: Body): void {
    this.#values.push(body);
    this.end(undefined);
  }

  end(failure: string | undefined): void {
    this.#end = { failure };
    this.#give();
  }

  credit(_call: ClientCall, count: number): void {
    this.#credit += count;
    this.#give();
    this.#replies.eased(this);
  }

  cancel(call: ClientCall, why: CancelCause): void {
    if (why === 'deadline') this.#replies.outcomes.expired(call);
    this.#replies.drop(this.#id, this);
  }

  #give(): void {
    if (this.#giving) return; // a value that is given may bring credit for the next
    this.#giving = true;
    while (this.#call.holder && this.#values.length > 0 && this.#credit > 0) {
      this.#credit--;
      const value = this.#values.shift();
      const last = this.#values.length === 0 && this.#end !== undefined && this.#end.failure === undefined;
      if (last && value !== undefined) this.#finish(() => this.#call.reply(value, true));
      else this.#call.reply(value, false);
    }
    this.#giving = false;
    const end = this.#end;
    if (!this.#call.holder || !end || this.#values.length > 0) return;
    if (end.failure === undefined) this.#finish(() => this.#call.reply(undefined, true));
    else this.#finish(() => this.#call.fail(end.failure as string));
  }

  #finish(tell: () => void): void {
    this.#replies.drop(this.#id, this);
    tell();
  }
}

/** What a connection does for its replies. */
export interface NestRepliesOwner {
  /** Reads no more until {@link NestRepliesOwner.release}. */
  hold(): void;
  release(): void;
}

/**
 * The calls that were sent on one connection of the stock wire and have no end yet. A stream's server cannot be slowed
 * alone: when its reader is behind by more than a bound the whole connection waits for it, and if that takes too long
 * the stream ends with StreamOverflow, so that the other calls go on.
 */
export class NestReplies {
  readonly #clock: Clock;
  readonly #owner: NestRepliesOwner;
  readonly #open = new Map<string, NestReply>();
  readonly #behind = new Set<NestReply>();
  readonly #ended: () => void;
  #holdUp: Timer | undefined;
  /** Is told how calls end. */
  outcomes: CallOutcomes = IGNORED;

  /** @param ended called after each call's end */
  constructor(clock: Clock, owner: NestRepliesOwner, ended: () => void) {
    this.#clock = clock;
    this.#owner = owner;
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

  value(id: string, body: Body): void {
    const reply = this.#open.get(id);
    if (!reply) return;
    this.outcomes.answered();
    reply.value(body);
    if (reply.held <= MAX_HELD || this.#behind.has(reply)) return;
    this.#behind.add(reply);
    this.#owner.hold();
    this.#watch();
  }

  /** A value with which the reply ends. */
  last(id: string, body: Body): void {
    const reply = this.#open.get(id);
    if (!reply) return;
    this.outcomes.answered();
    reply.last(body);
  }

  /** @param failure as of encodeFailure; without it the reply is complete */
  end(id: string, failure: string | undefined): void {
    const reply = this.#open.get(id);
    if (!reply) return;
    this.outcomes.answered();
    reply.end(failure);
  }

  /** Ends every call with `error`. */
  abandon(error: RookeryError): void {
    for (const call of this.clear()) call.lost(error);
  }

  /** The connection is gone: gives the calls, which have no end here. */
  clear(): readonly ClientCall[] {
    const calls = [...this.#open.values()].map(({ call }) => call);
    this.#open.clear();
    for (const reply of this.#behind) this.#caughtUp(reply);
    return calls;
  }

  /** @internal */
  drop(id: string, reply: NestReply): void {
    this.#open.delete(id);
    this.#caughtUp(reply);
    this.#ended();
  }

  /** @internal */
  eased(reply: NestReply): void {
    if (!this.#behind.has(reply)) return;
    if (reply.held <= MAX_HELD / 2) this.#caughtUp(reply);
    else this.#watch();
  }

  /** Whoever is behind has to take something from time to time. */
  #watch(): void {
    this.#holdUp?.cancel();
    this.#holdUp = this.#clock.after(MAX_HOLD_UP, () => this.#overflow());
  }

  #caughtUp(reply: NestReply): void {
    if (!this.#behind.delete(reply) || this.#behind.size > 0) return;
    this.#holdUp?.cancel();
    this.#holdUp = undefined;
    this.#owner.release();
  }

  #overflow(): void {
    this.#holdUp = undefined;
    for (const reply of [...this.#behind]) {
      const { call } = reply;
      const { pattern } = call.message.envelope;
      const error = new StreamOverflow(
        `${pattern} gave more than ${MAX_HELD} values ahead of its reader, who took none for ${MAX_HOLD_UP} ms; ` +
          'a stock Nest server cannot be slowed: take the values faster, or ask for fewer',
      );
      reply.cancel(call, 'caller');
      call.lost(error);
    }
  }
}
