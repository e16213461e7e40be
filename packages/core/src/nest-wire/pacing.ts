import { StreamOverflow } from '../errors/conditions.js';
import type { Clock, Timer } from '../clock/clock.js';

/** How many values of one reply are kept for a reader who has not asked for them; then what brings them is not read. */
const MAX_HELD = 1_024;

/** Milliseconds without a value taken in which slow readers may hold up the other calls. */
const MAX_HOLD_UP = 1_000;

/** A reply of a stock service whose reader may be behind. */
export interface PacedReply {
  readonly pattern: string;
  /** How many values wait for the reader; 0 when it has ended. */
  readonly held: number;
  /** Ends it: its reader was behind for too long. */
  overflow(error: StreamOverflow): void;
}

/** What brings replies of stock services, of all calls together. */
export interface PacedSource {
  /** Reads no more until {@link PacedSource.release}. */
  hold(): void;
  release(): void;
}

/**
 * The replies that come over one source. The server of a stream cannot be slowed alone: when its reader is behind by more than
 * a bound all wait for it, and if that takes too long the stream ends with StreamOverflow, so that the other calls go on.
 */
export class Pacing {
  readonly #clock: Clock;
  readonly #source: PacedSource;
  readonly #behind = new Set<PacedReply>();
  #holdUp: Timer | undefined;

  constructor(clock: Clock, source: PacedSource) {
    this.#clock = clock;
    this.#source = source;
  }

  /** A value has come. */
  came(reply: PacedReply): void {
    if (reply.held <= MAX_HELD || this.#behind.has(reply)) return;
    this.#behind.add(reply);
    if (this.#behind.size === 1) this.#source.hold();
    this.#watch();
  }

  /** The reader has taken something, or the reply has ended. */
  taken(reply: PacedReply): void {
    if (!this.#behind.has(reply)) return;
    if (reply.held > MAX_HELD / 2) {
      this.#watch();
      return;
    }
    this.#behind.delete(reply);
    if (this.#behind.size > 0) return;
    this.#holdUp?.cancel();
    this.#source.release();
  }

  /** Whoever is behind has to take something from time to time. */
  #watch(): void {
    this.#holdUp?.cancel();
    this.#holdUp = this.#clock.after(MAX_HOLD_UP, () => this.#overflow());
  }

  #overflow(): void {
    for (const reply of [...this.#behind]) {
      reply.overflow(
        new StreamOverflow(
          `${reply.pattern} gave more than ${MAX_HELD} values ahead of its reader, who took none for ${MAX_HOLD_UP} ms; ` +
            'a stock Nest server cannot be slowed: take the values faster, or ask for fewer',
        ),
      );
    }
  }
}
