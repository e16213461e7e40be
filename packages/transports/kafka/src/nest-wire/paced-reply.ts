import {
  StreamOverflow,
  type Body,
  type Call,
  type CancelCause,
  type Clock,
  type ReplySink,
  type RookeryError,
  type Timer,
} from '@rookery/core';

/** How many values of one reply are kept for a reader who has not asked for them; then no more replies are read. */
const MAX_HELD = 1_024;
/** Milliseconds without a value taken in which slow readers may hold up the other calls. */
const MAX_HOLD_UP = 1_000;

/** The replies of stock services whose readers are behind. Nobody can slow such a service: what it has sent waits here. */
export class Pacing {
  readonly #clock: Clock;
  readonly #behind = new Set<PacedReply>();
  #caughtUp: (() => void) | undefined;
  #holdUp: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when nobody is behind: at once, or when they have taken what they had, or were given up. */
  async caughtUp(): Promise<void> {
    if (this.#behind.size > 0) await new Promise<void>((resolve) => (this.#caughtUp = resolve));
  }

  /** How many values of a reply are held now. */
  held(reply: PacedReply, count: number): void {
    if (count <= MAX_HELD && !this.#behind.has(reply)) return;
    this.#behind.add(reply);
    if (count <= MAX_HELD / 2) this.#behind.delete(reply);
    // Whoever is behind has to take something from time to time.
    this.#holdUp?.cancel();
    if (this.#behind.size > 0) this.#holdUp = this.#clock.after(MAX_HOLD_UP, () => this.#overflow());
    else this.#caughtUp?.();
  }

  #overflow(): void {
    for (const reply of [...this.#behind]) reply.overflow(MAX_HELD, MAX_HOLD_UP);
  }
}

type End = (sink: ReplySink) => void;

/** The answer of a stock service, which comes whether there is credit for it or not. */
export class PacedReply implements ReplySink, Call {
  readonly #sink: ReplySink;
  readonly #pattern: string;
  readonly #pacing: Pacing;
  readonly #values: Body[] = [];
  #credit: number;
  #call: Call | undefined;
  #end: End | undefined;
  /** The last of the values is the end as well. */
  #endsWithValue = false;
  #over = false;
  #giving = false;

  constructor(sink: ReplySink, credit: number, pattern: string, pacing: Pacing) {
    this.#sink = sink;
    this.#credit = credit;
    this.#pattern = pattern;
    this.#pacing = pacing;
  }

  /** Ties it to the call that it answers. */
  attach(call: Call): this {
    this.#call = call;
    return this;
  }

  get sent(): boolean {
    return this.#call?.sent ?? true;
  }

  reply(body: Body, last: boolean): void {
    if (!last || body !== undefined) this.#values.push(body);
    if (last) this.#end = (sink) => sink.reply(undefined, true);
    this.#endsWithValue = last && body !== undefined;
    this.#give();
  }

  fail(failure: string): void {
    this.#end = (sink) => sink.fail(failure);
    this.#give();
  }

  lost(error: RookeryError): void {
    this.#finish((sink) => sink.lost(error));
  }

  credit(count: number): void {
    this.#credit += count;
    this.#give();
  }

  cancel(cause?: CancelCause): void {
    this.#finish(() => this.#call?.cancel(cause));
  }

  /** @internal */
  overflow(held: number, time: number): void {
    this.#call?.cancel('caller');
    this.lost(
      new StreamOverflow(
        `${this.#pattern} gave more than ${held} values ahead of its reader, who took none for ${time} ms; a stock Nest service ` +
          'cannot be slowed: take the values faster, or ask for fewer',
      ),
    );
  }

  #give(): void {
    if (this.#giving || this.#over) return; // a value that is given may bring credit for the next
    this.#giving = true;
    while (!this.#over && this.#values.length > 0 && this.#credit > 0) {
      this.#credit--;
      const value = this.#values.shift();
      if (this.#endsWithValue && this.#values.length === 0) this.#finish((sink) => sink.reply(value, true));
      else this.#sink.reply(value, false);
    }
    this.#giving = false;
    if (this.#over) return;
    this.#pacing.held(this, this.#values.length);
    if (this.#end && this.#values.length === 0) this.#finish(this.#end);
  }

  #finish(end: End): void {
    if (this.#over) return;
    this.#over = true;
    this.#values.length = 0;
    this.#pacing.held(this, 0);
    end(this.#sink);
  }
}
