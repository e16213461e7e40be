import type { Clock, Timer } from '@rookery/core';

/** What a heartbeat asks of its connection. */
export interface HeartbeatOwner {
  /** An interval has passed. Gives whether nothing was read, so that silence means nothing. */
  beat(): boolean;
  /** The peer was silent for one interval. */
  ping(): void;
  /** It was silent for another, with the ping before its eyes. */
  silent(): void;
}

/**
 * Finds a peer that is gone without having said so. Sound costs one assignment; there is one timer for each interval,
 * so silence is noticed after one to two intervals and acted on after one more.
 */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #owner: HeartbeatOwner;
  #heard = false;
  #pinged = false;
  #stopped = false;
  #timer: Timer;

  /** @param interval milliseconds */
  constructor(clock: Clock, interval: number, owner: HeartbeatOwner) {
    this.#clock = clock;
    this.#interval = interval;
    this.#owner = owner;
    this.#timer = clock.after(interval, this.#beat);
  }

  /** Something came from the peer. */
  heard(): void {
    this.#heard = true;
  }

  stop(): void {
    this.#stopped = true;
    this.#timer.cancel();
  }

  readonly #beat = (): void => {
    if (this.#owner.beat()) this.#heard = true;
    if (this.#stopped) return;
    if (!this.#heard && this.#pinged) {
      this.#owner.silent();
      return;
    }
    this.#pinged = !this.#heard;
    this.#heard = false;
    this.#timer = this.#clock.after(this.#interval, this.#beat);
    if (this.#pinged) this.#owner.ping();
  };
}
