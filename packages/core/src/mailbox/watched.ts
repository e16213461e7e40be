import { Expiring, type Deadlines } from '../clock/deadlines.js';

/**
 * Milliseconds without a word from the other side of a stream or an upload, after which it is asked whether it is still there,
 * and as long again until it is taken for dead. What answers once needs no such watch: it has a deadline.
 */
const SILENCE = 1_000;

/** One side of a call that may have to notice that the other side is gone. */
export abstract class Watched extends Expiring {
  protected readonly deadlines: Deadlines;
  #watching = false;
  #heard = false;
  #asked = false;

  constructor(deadlines: Deadlines) {
    super();
    this.deadlines = deadlines;
  }

  /** Takes the place of whatever was due. Idempotent. */
  protected watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    this.deadlines.arm(this, SILENCE);
  }

  /** A frame of the other side has come. */
  heard(): void {
    this.#heard = true;
  }

  expire(): void {
    if (!this.#watching) {
      this.due();
      return;
    }
    if (!this.#heard && this.#asked) {
      this.dead(2 * SILENCE);
      return;
    }
    if (!this.#heard) this.ask();
    this.#asked = !this.#heard;
    this.#heard = false;
    this.deadlines.arm(this, SILENCE);
  }

  /** What it was armed for before it was watched is due. */
  protected abstract due(): void;

  /** Asks the other side whether it is there. */
  protected abstract ask(): void;

  /** The other side has not answered for `silence` milliseconds. */
  protected abstract dead(silence: number): void;
}
