import type { Body } from '../envelope/envelope.js';
import type { ReplySink } from '../transport/transport.js';

/**
 * The answer of a stock service, which gives values whether there is credit for them or not: they wait here for it, in
 * order. A value that comes with the end is given with it.
 */
export class UnpacedReply implements Pick<ReplySink, 'reply' | 'fail'> {
  readonly #sink: Pick<ReplySink, 'reply' | 'fail'>;
  readonly #ended: () => void;
  readonly #values: Body[] = [];
  #credit: number;
  /** How the answer ends, once that is known. */
  #end: { readonly failure: string | undefined } | undefined;
  #over = false;
  #giving = false;

  /** @param ended called before the sink is told of the end; not after {@link UnpacedReply.stop} */
  constructor(sink: Pick<ReplySink, 'reply' | 'fail'>, credit: number, ended: () => void) {
    this.#sink = sink;
    this.#credit = credit;
    this.#ended = ended;
  }

  /** How many values wait for credit. */
  get held(): number {
    return this.#values.length;
  }

  reply(body: Body, last: boolean): void {
    if (!last || body !== undefined) this.#values.push(body);
    if (last) this.#end = { failure: undefined };
    this.#give();
  }

  fail(failure: string): void {
    this.#end = { failure };
    this.#give();
  }

  credit(count: number): void {
    this.#credit += count;
    this.#give();
  }

  /** Throws away what waits: the sink is told nothing more. @returns false when it had ended */
  stop(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#values.length = 0;
    return true;
  }

  #give(): void {
    if (this.#giving) return; // a value that is given may bring credit for the next
    this.#giving = true;
    while (!this.#over && this.#values.length > 0 && this.#credit > 0) {
      this.#credit--;
      const value = this.#values.shift();
      const last = value !== undefined && this.#values.length === 0 && this.#end !== undefined;
      if (last && this.#end?.failure === undefined) this.#finish((sink) => sink.reply(value, true));
      else this.#sink.reply(value, false);
    }
    this.#giving = false;
    const end = this.#end;
    if (!end || this.#values.length > 0) return;
    const { failure } = end;
    this.#finish((sink) => (failure === undefined ? sink.reply(undefined, true) : sink.fail(failure)));
  }

  #finish(tell: (sink: Pick<ReplySink, 'reply' | 'fail'>) => void): void {
    if (!this.stop()) return;
    this.#ended();
    tell(this.#sink);
  }
}
