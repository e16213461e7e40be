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
    // The iterator's own failure to clean up has nobody left to hear of it.
    void this.#iterator.return?.().then(undefined, () => undefined);
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
 * with StreamOverflow. A value waits one microtask for the end, so that a single value and its end are one frame.
 */
export class BufferedReply implements ReplySource {
  readonly #outlet: ReplyOutlet;
  readonly #limit: number;
  readonly #waiting: unknown[] = [];
  #credit: number;
  readonly #subscription: { unsubscribe(): void } | undefined;
  #inner: PulledReply | undefined;
  #flushing = false;
  #completed = false;
  #stopped = false;

  constructor(source: ObservableLike, credit: number, limit: number, outlet: ReplyOutlet) {
    this.#outlet = outlet;
    this.#credit = credit;
    this.#limit = limit;
    const subscription = source.subscribe({
      next: (value) => this.#next(value),
      error: (error) => this.#fail(error),
      complete: () => this.#complete(),
    });
    if (this.#stopped) subscription.unsubscribe();
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
    if (this.#stopped || this.#completed) return;
    this.#waiting.push(value);
    if (this.#waiting.length > this.#limit + this.#credit) {
      const message = `an Observable gave more than ${this.#limit} values ahead of its reader; return an async iterable`;
      this.#fail(new StreamOverflow(message));
      return;
    }
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #complete(): void {
    this.#completed = true;
    this.#flush();
  }

  #fail(error: unknown): void {
    if (this.#stopped) return;
    // What came before the error is given first, as far as there is credit for it.
    this.#completed = false;
    this.#flush();
    this.stop();
    this.#outlet.fail(error);
  }

  #flush(): void {
    if (this.#stopped || this.#inner) return;
    const [only] = this.#waiting;
    // An interceptor wraps a handler's async iterable into an Observable of it: that is pulled like any other.
    if (isAsyncIterable(only) && !this.#inner) {
      this.#inner = new PulledReply(only, this.#credit, this.#outlet);
      return;
    }
    while (this.#waiting.length > 0 && this.#credit > 0 && !this.#stopped) {
      this.#credit--;
      const value = this.#waiting.shift();
      this.#outlet.value(value, this.#completed && this.#waiting.length === 0);
    }
    if (this.#completed && this.#waiting.length === 0 && !this.#stopped) {
      this.#stopped = true;
      this.#outlet.end();
    }
  }
}
