import { StreamOverflow } from '../errors/conditions.js';
import { isAsyncIterable, type ObservableLike } from './handler.js';

/** Where a handler's values go. Each call may end the run, after which further ones are ignored. */
export interface ReplyOutlet {
  value(value: unknown, last: boolean): void;
  end(): void;
  fail(error: unknown): void;
}

/** A source of reply values that honours credit. */
export interface ReplySource {
  /** The reader wants `count` more. */
  credit(count: number): void;
  /** The reader is gone. */
  stop(): void;
}

/** Ends an iteration early; its failure to clean up after itself has nobody left to hear of it. */
export function leave(iterator: AsyncIterator<unknown>): void {
  (async () => iterator.return?.())().catch(() => undefined);
}

/** Pulls an async iterable, one value for each credit; `stop` runs its `finally`. */
export class PulledReply implements ReplySource {
  readonly #iterator: AsyncIterator<unknown>;
  readonly #outlet: ReplyOutlet;
  #credit: number;
  #pulling = false;
  #stopped = false;

  constructor(iterable: AsyncIterable<unknown>, credit: number, outlet: ReplyOutlet) {
    this.#iterator = iterable[Symbol.asyncIterator]();
    this.#outlet = outlet;
    this.#credit = credit;
    void this.#pull();
  }

  credit(count: number): void {
    this.#credit += count;
    void this.#pull();
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    leave(this.#iterator);
  }

  async #pull(): Promise<void> {
    if (this.#pulling) return;
    this.#pulling = true;
    try {
      while (this.#credit > 0 && !this.#stopped) {
        const result: IteratorResult<unknown, unknown> = await this.#iterator.next();
        if (this.#stopped) return;
        if (result.done) {
          this.#stopped = true;
          this.#outlet.end();
          return;
        }
        this.#credit--;
        this.#outlet.value(result.value, false);
      }
    } catch (error) {
      if (this.#stopped) return;
      this.#stopped = true;
      this.#outlet.fail(error);
    } finally {
      this.#pulling = false;
    }
  }
}

/**
 * Observes what cannot be slowed: values beyond the credit wait in a bounded buffer, and one too many ends the reply
 * with StreamOverflow. An error comes after the values before it. A value waits one microtask for the end, so that a
 * single value and its end are one frame.
 */
export class BufferedReply implements ReplySource {
  readonly #outlet: ReplyOutlet;
  readonly #limit: number;
  readonly #waiting: unknown[] = [];
  #credit: number;
  readonly #subscription: { unsubscribe(): void } | undefined;
  #inner: PulledReply | undefined;
  #flushing = false;
  /** How the source ended, once it has. */
  #outcome: 'complete' | { readonly error: unknown } | undefined;
  #stopped = false;

  constructor(source: ObservableLike, credit: number, limit: number, outlet: ReplyOutlet) {
    this.#outlet = outlet;
    this.#credit = credit;
    this.#limit = limit;
    const subscription = source.subscribe({
      next: (value) => this.#next(value),
      error: (error) => this.#finish({ error }),
      complete: () => this.#finish('complete'),
    });
    if (this.#outcome) subscription.unsubscribe();
    else this.#subscription = subscription;
  }

  credit(count: number): void {
    this.#inner?.credit(count);
    this.#credit += count;
    this.#flush();
  }

  stop(): void {
    this.#stopped = true;
    this.#inner?.stop();
    this.#subscription?.unsubscribe();
  }

  #next(value: unknown): void {
    if (this.#stopped || this.#outcome) return;
    if (this.#waiting.length === this.#limit + this.#credit) {
      const message = `an Observable gave more than ${this.#limit} values ahead of its reader; return an async iterable`;
      this.#subscription?.unsubscribe();
      this.#finish({ error: new StreamOverflow(message) });
      return;
    }
    this.#waiting.push(value);
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #finish(outcome: 'complete' | { readonly error: unknown }): void {
    if (this.#outcome) return;
    this.#outcome = outcome;
    this.#flush();
  }

  #pull(iterable: AsyncIterable<unknown>): void {
    try {
      this.#inner = new PulledReply(iterable, this.#credit, this.#outlet);
    } catch (error) {
      this.stop();
      this.#outlet.fail(error);
    }
  }

  #flush(): void {
    if (this.#stopped || this.#inner) return;
    const [only] = this.#waiting;
    // An interceptor wraps a handler's async iterable into an Observable of it: that is pulled like any other.
    if (isAsyncIterable(only)) {
      this.#pull(only);
      return;
    }
    while (this.#waiting.length > 0 && this.#credit > 0 && !this.#stopped) {
      this.#credit--;
      const value = this.#waiting.shift();
      this.#outlet.value(value, this.#outcome === 'complete' && this.#waiting.length === 0);
    }
    if (!this.#outcome || this.#waiting.length > 0 || this.#stopped) return;
    this.#stopped = true;
    if (this.#outcome === 'complete') this.#outlet.end();
    else this.#outlet.fail(this.#outcome.error);
  }
}
