import type { Clock, Timer } from '../clock/clock.js';

/** Whose stream may stall. */
export interface StallOwner {
  /** Whether nothing goes on until the other side does something. */
  readonly stalled: boolean;
  /** The other side has done nothing for the whole limit. */
  stalledTooLong(): void;
}

/**
 * Finds out that the other side of a stream does nothing although it is its turn. It has one timer while there is a
 * turn of the other side to wait for, and none to arm for each of them.
 */
export class StallWatch {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #owner: StallOwner;
  #since = 0;
  #timer: Timer | undefined;

  /** @param limit milliseconds; `Infinity` for none */
  constructor(clock: Clock, limit: number, owner: StallOwner) {
    this.#clock = clock;
    this.#limit = limit;
    this.#owner = owner;
  }

  /** Something went on: if it is the other side's turn now, its time begins anew. */
  touch(): void {
    if (this.#limit === Infinity || !this.#owner.stalled) return;
    this.#since = this.#clock.now();
    this.#timer ??= this.#clock.after(this.#limit, this.#look);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  readonly #look = (): void => {
    this.#timer = undefined;
    if (!this.#owner.stalled) return;
    const left = this.#limit - (this.#clock.now() - this.#since);
    if (left > 0) this.#timer = this.#clock.after(left, this.#look);
    else this.#owner.stalledTooLong();
  };
}
