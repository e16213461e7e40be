import type { Clock, Timer } from '../clock/clock.js';

/**
 * One go at a piece of work: does it, or a try of it, and gives for how many milliseconds its lane is to be held until the
 * next go; `undefined` when it is done. Must not reject.
 */
export type Go = () => Promise<number | undefined>;

/** A piece of work in its lane. */
export interface LaneWork {
  /** Whether it is under way, and not waiting for those before it, for a place, or for its next go. */
  readonly atWork: boolean;
}

class Work implements LaneWork {
  readonly go: Go;
  atWork = false;

  constructor(go: Go) {
    this.go = go;
  }
}

interface Lane {
  readonly key: string;
  /** In the order in which they came; the first is under way, or is the next. */
  readonly works: Work[];
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
  #closed = false;

  /** @param limit how many works are under way at once */
  constructor(clock: Clock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** How many lanes have work. */
  get size(): number {
    return this.#lanes.size;
  }

  enter(key: string, go: Go): LaneWork {
    const work = new Work(go);
    if (this.#closed) return work;
    const lane = this.#lanes.get(key);
    if (lane) lane.works.push(work);
    else {
      const begun: Lane = { key, works: [work], held: undefined };
      this.#lanes.set(key, begun);
      this.#ready.push(begun);
      this.#next();
    }
    return work;
  }

  /** Begins nothing any more: forgets all that is not under way, and all that comes. */
  close(): void {
    this.#closed = true;
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
      const [work] = lane?.works ?? [];
      if (!lane || !work) return;
      void this.#go(lane, work);
    }
  }

  async #go(lane: Lane, work: Work): Promise<void> {
    this.#atWork++;
    work.atWork = true;
    const hold = await work.go();
    work.atWork = false;
    this.#atWork--;
    if (!this.#closed) this.#goOn(lane, hold);
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
