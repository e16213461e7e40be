import type { Clock, Timer } from '../clock/clock.js';

/**
 * One go at a piece of work: does it, or a try of it, and gives for how many milliseconds its lane is to be held until the
 * next go; `undefined` when it is done. Must not throw or reject.
 */
export type Go = () => Promise<number | undefined>;

/** What waits in one lane; the first is under way. */
interface Lane {
  readonly key: string;
  readonly works: Go[];
  /** Until its first goes on. */
  held: Timer | undefined;
}

/**
 * Work by key: what has one key is done one after another, in the order in which it came; of all keys so many are at
 * work at once, first come first served. A lane that is held takes the place of no other.
 */
export class Lanes {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #lanes = new Map<string, Lane>();
  /** Those whose first can go on, as soon as there is a place. */
  #ready: Lane[] = [];
  #atWork = 0;

  /** @param limit how many works are under way at once */
  constructor(clock: Clock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** How many lanes have work. */
  get size(): number {
    return this.#lanes.size;
  }

  enter(key: string, work: Go): void {
    const lane = this.#lanes.get(key);
    if (lane) {
      lane.works.push(work);
      return;
    }
    const begun: Lane = { key, works: [work], held: undefined };
    this.#lanes.set(key, begun);
    this.#ready.push(begun);
    this.#next();
  }

  /** Forgets all that is not under way at this moment, and all that would come after it. */
  clear(): void {
    for (const lane of this.#lanes.values()) {
      lane.held?.cancel();
      lane.works.length = 0;
    }
    this.#lanes.clear();
    this.#ready = [];
  }

  #next(): void {
    while (this.#atWork < this.#limit) {
      const lane = this.#ready.shift();
      if (!lane) return;
      void this.#go(lane);
    }
  }

  async #go(lane: Lane): Promise<void> {
    this.#atWork++;
    const hold = await lane.works[0]?.();
    this.#atWork--;
    if (lane.works.length > 0) this.#goOn(lane, hold);
    this.#next();
  }

  #goOn(lane: Lane, hold: number | undefined): void {
    if (hold !== undefined) {
      lane.held = this.#clock.after(hold, () => {
        lane.held = undefined;
        this.#ready.push(lane);
        this.#next();
      });
      return;
    }
    lane.works.shift();
    if (lane.works.length > 0) this.#ready.push(lane);
    else this.#lanes.delete(lane.key);
  }
}
