import { StreamOverflow } from '../errors/conditions.js';
import { isAsyncIterable, type ObservableLike } from './kinds.js';
import { PulledSource } from './pulled-source.js';
import type { StreamOutlet, StreamSource } from './source.js';

/**
 * Observes what cannot be slowed: values beyond the credit wait in a bounded buffer, and one too many ends it
 * with StreamOverflow. An error comes after the values before it. A value waits one microtask for the end, so that a
 * single value and its end are one frame.
 */
export class BufferedSource implements StreamSource {
  readonly #outlet: StreamOutlet;
  readonly #limit: number;
  readonly #waiting: unknown[] = [];
  #credit: number;
  readonly #subscription: { unsubscribe(): void } | undefined;
  #inner: PulledSource | undefined;
  #flushing = false;
  /** How the source ended, once it has. */
  #outcome: 'complete' | { readonly error: unknown } | undefined;
  #stopped = false;

  constructor(source: ObservableLike, credit: number, limit: number, outlet: StreamOutlet) {
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
      const message = `an Observable gave more than ${this.#limit} values ahead of its reader; use an async iterable, which is pulled`;
      this.#subscription?.unsubscribe();
      this.#overflow(new StreamOverflow(message));
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

  #overflow(error: StreamOverflow): void {
    if (!this.#outlet.overflow) {
      this.#finish({ error });
      return;
    }
    this.#outcome = { error };
    this.#stopped = true;
    this.#waiting.length = 0;
    this.#outlet.overflow(error);
  }

  #finish(outcome: 'complete' | { readonly error: unknown }): void {
    if (this.#outcome) return;
    this.#outcome = outcome;
    this.#flush();
  }

  #pull(iterable: AsyncIterable<unknown>): void {
    try {
      this.#inner = new PulledSource(iterable, this.#credit, this.#outlet);
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
    while (this.#waiting.length > 0 && this.#credit > 0 && !this.#stopped && !this.#outlet.full) {
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
