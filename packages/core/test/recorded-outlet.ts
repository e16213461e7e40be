import type { StreamOutlet } from '../src/streams/source.js';

/** Keeps what a reply source says, up to its end; a value after the end, or beyond the credit, is an error. */
export class RecordedOutlet implements StreamOutlet {
  readonly values: unknown[] = [];
  /** How it ended; `undefined` while it goes on. */
  ended: 'complete' | { readonly error: unknown } | undefined;
  #granted: number;

  constructor(credit: number) {
    this.#granted = credit;
  }

  grant(count: number): void {
    this.#granted += count;
  }

  value(value: unknown, last: boolean): void {
    if (this.ended) throw new Error(`${String(value)} came after the end`);
    this.values.push(value);
    if (this.values.length > this.#granted) throw new Error(`${String(value)} came without credit`);
    if (last) this.ended = 'complete';
  }

  end(): void {
    this.ended ??= 'complete';
  }

  fail(error: unknown): void {
    this.ended ??= { error };
  }
}
