import {
  Pacing,
  UnpacedReply,
  type Body,
  type Call,
  type CancelCause,
  type Clock,
  type PacedReply,
  type ReplySink,
  type RookeryError,
} from '@rookery/core';

/** The replies of stock services, while whose readers are behind no more replies are read. */
export class StockReplies {
  readonly pacing: Pacing;
  #caughtUp = Promise.withResolvers<void>();

  constructor(clock: Clock) {
    const release = (): void => this.#caughtUp.resolve();
    this.pacing = new Pacing(clock, { hold: () => (this.#caughtUp = Promise.withResolvers()), release });
    release();
  }

  /** Resolves when nobody is behind: at once, or when they have taken what they had, or were given up. */
  caughtUp(): Promise<void> {
    return this.#caughtUp.promise;
  }
}

/** The answer of a stock service, between the mailbox and the caller. */
export class StockReply implements ReplySink, Call, PacedReply {
  readonly pattern: string;
  readonly #sink: ReplySink;
  readonly #pacing: Pacing;
  readonly #reply: UnpacedReply;
  #call: Call | undefined;

  constructor(sink: ReplySink, credit: number, pattern: string, { pacing }: StockReplies) {
    this.pattern = pattern;
    this.#sink = sink;
    this.#pacing = pacing;
    this.#reply = new UnpacedReply(sink, credit, () => pacing.taken(this));
  }

  /** Ties it to the call that it answers. */
  attach(call: Call): this {
    this.#call = call;
    return this;
  }

  get sent(): boolean {
    return this.#call?.sent ?? true;
  }

  get held(): number {
    return this.#reply.held;
  }

  reply(body: Body, last: boolean): void {
    this.#reply.reply(body, last);
    this.#pacing.came(this);
  }

  fail(failure: string): void {
    this.#reply.fail(failure);
  }

  lost(error: RookeryError): void {
    if (this.#stop()) this.#sink.lost(error);
  }

  credit(count: number): void {
    this.#reply.credit(count);
    this.#pacing.taken(this);
  }

  cancel(cause?: CancelCause): void {
    if (this.#stop()) this.#call?.cancel(cause);
  }

  overflow(error: RookeryError): void {
    this.#call?.cancel('caller');
    this.lost(error);
  }

  #stop(): boolean {
    const open = this.#reply.stop();
    this.#pacing.taken(this);
    return open;
  }
}
