import type { Clock, Timer } from '@rookery/core';
import type { FrameReader } from '../frames/frame-reader.js';
import type { IncomingBodies } from './incoming-bodies.js';

/** What a watch asks of its connection. */
export interface FrameWatchOwner {
  /** Nothing is read now, so nothing can come. */
  readonly deaf: boolean;
  /** A frame has begun and did not end in time. */
  late(): void;
}

/**
 * Finds frames and bodies that begin and do not end. It has a timer only while something is unfinished after a read, and
 * looks twice in each `frameTimeout`: what is the same on three looks is late. So a process that stood still for long has
 * had time to read before it blames its peer.
 */
export class FrameWatch {
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #reader: FrameReader;
  readonly #bodies: IncomingBodies;
  readonly #owner: FrameWatchOwner;
  #timer: Timer | undefined;
  #seen = 0;
  #again = 0;

  /** @param timeout milliseconds */
  constructor(
    clock: Clock,
    timeout: number,
    reader: FrameReader,
    bodies: IncomingBodies,
    owner: FrameWatchOwner,
  ) {
    this.#clock = clock;
    this.#interval = timeout / 2;
    this.#reader = reader;
    this.#bodies = bodies;
    this.#owner = owner;
  }

  /** To be called after each read. */
  look(): void {
    if (this.#timer !== undefined || !this.#unfinished) return;
    this.#note();
    this.#timer = this.#clock.after(this.#interval, this.#tick);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  get #unfinished(): boolean {
    return this.#reader.partial > 0 || this.#bodies.size > 0;
  }

  #note(): void {
    this.#seen = this.#reader.partial;
    this.#again = 0;
  }

  readonly #tick = (): void => {
    this.#timer = undefined;
    const { deaf } = this.#owner;
    this.#bodies.tick(deaf);
    if (deaf || this.#reader.partial === 0 || this.#reader.partial !== this.#seen) this.#note();
    else if (++this.#again === 2) {
      this.#owner.late();
      return;
    }
    if (this.#unfinished) this.#timer = this.#clock.after(this.#interval, this.#tick);
  };
}
