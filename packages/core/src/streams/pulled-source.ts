import { leave, type StreamOutlet, type StreamSource } from './source.js';

/** Pulls an async iterable, one value for each credit; `stop` runs its `finally`. */
export class PulledSource implements StreamSource {
  readonly #iterator: AsyncIterator<unknown>;
  readonly #outlet: StreamOutlet;
  #credit: number;
  #pulling = false;
  #stopped = false;

  constructor(iterable: AsyncIterable<unknown>, credit: number, outlet: StreamOutlet) {
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
      while (this.#credit > 0 && !this.#stopped && !this.#outlet.full) {
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
