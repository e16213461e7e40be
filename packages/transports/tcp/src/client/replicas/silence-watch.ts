import type { Clock, Timer } from '@rookery/core';
import type { Replica } from './replica.js';

/** Milliseconds between two looks. */
const ROUND = 100;
/** How many times longer than the others one may take. */
const PATIENCE = 5;
/** How many calls it has to leave without an answer: one alone may just be a long one. */
const LEAST = 2;
/** What is kept, each round, of the sums that the mean is made from. */
const KEPT = 0.8;

/** One replica over the last rounds. */
interface Track {
  readonly replica: Replica;
  answers: number;
  load: number;
  /** Rounds in a row that it began with calls and ended without an answer. */
  silent: number;
  /** Fading sums of calls in flight and of answers, one for each round. */
  loads: number;
  rate: number;
}

/**
 * Finds a replica that has several calls and answers none while others do, long before the calls' deadlines have to say so. It
 * costs a call nothing but the count of its answer: looks are {@link ROUND} apart and end when nothing is in flight.
 * What the others take on average is known without measuring a call, by Little's law: mean time = in flight / rate.
 * Rounds are counted, not the clock, so that a stall of this process counts as one round of silence for all.
 */
export class SilenceWatch {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #found: (replica: Replica, ms: number) => void;
  #tracks: readonly Track[] = [];
  #timer: Timer | undefined;

  /**
   * @param limit milliseconds of silence
   * @param found called with one that was silent for that long
   */
  constructor(clock: Clock, limit: number, found: (replica: Replica, ms: number) => void) {
    this.#clock = clock;
    this.#limit = limit;
    this.#found = found;
  }

  /** Looks at these from now on, for as long as they have calls. Does nothing when it does so already. */
  begin(replicas: readonly Replica[]): void {
    if (this.#timer || this.#limit === Infinity) return;
    this.#tracks = replicas.map((replica) => ({
      replica,
      answers: replica.answers,
      load: replica.load,
      silent: 0,
      loads: 0,
      rate: 0,
    }));
    this.#next();
  }

  /** Stops; to be begun again when there are other replicas. */
  end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #next(): void {
    this.#timer = this.#clock.after(ROUND, () => {
      this.#timer = undefined;
      let busy = false;
      for (const track of this.#tracks) busy = look(track) || busy;
      if (!busy) return;
      this.#next();
      // Whoever is found ends this watch, and the next call begins one of those that are left.
      const worst = this.#tracks.find((track) => this.#isTooSilent(track));
      if (worst) this.#found(worst.replica, worst.silent * ROUND);
    });
  }

  #isTooSilent(track: Track): boolean {
    const silent = track.silent * ROUND;
    if (silent < this.#limit) return false;
    let loads = 0;
    let rate = 0;
    for (const other of this.#tracks) {
      if (other.silent >= track.silent) continue;
      loads += other.loads;
      rate += other.rate;
    }
    return rate > 0 && silent >= PATIENCE * ROUND * (loads / rate);
  }
}

/** Takes note of the round that has passed, and gives whether there are calls. */
function look(track: Track): boolean {
  const { replica } = track;
  const answered = replica.answers - track.answers;
  track.silent = answered === 0 && track.load >= LEAST ? track.silent + 1 : 0;
  track.answers = replica.answers;
  track.load = replica.load;
  track.loads = track.loads * KEPT + track.load;
  track.rate = track.rate * KEPT + answered;
  return track.load > 0;
}
