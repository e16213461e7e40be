import type { Clock } from '@rookery/core';

/** What to do about a connection: nothing, ask its caller to hang up, or hang up because the caller has not. */
export type IdleAdvice = 'stay' | 'ask' | 'leave';

/** Finds out, by a look each heartbeat, that nothing has been asked for on a connection for long. */
export class Idleness {
  readonly #clock: Clock;
  readonly #timeout: number;
  #active = false;
  #since: number;
  #asked = false;

  /** @param timeout milliseconds */
  constructor(clock: Clock, timeout: number) {
    this.#clock = clock;
    this.#timeout = timeout;
    this.#since = clock.now();
  }

  /** A call or an event came. */
  end(): void {
    this.#active = true;
  }

  /** @param busy whether anything is under way */
  look(busy: boolean): IdleAdvice {
    if (busy || this.#active) {
      this.#active = false;
      this.#asked = false;
      this.#since = this.#clock.now();
      return 'stay';
    }
    if (this.#asked) return 'leave';
    if (this.#clock.now() - this.#since < this.#timeout) return 'stay';
    this.#asked = true;
    return 'ask';
  }
}
