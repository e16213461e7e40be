import { batched, MOST_FRAMES } from './frame-batch.js';
import type { Written } from './frame-codec.js';

/**
 * Requests to a service share messages only as far as many replicas can still share the requests: into how many messages go, at
 * least, all calls that are under way, and those of one turn to one service.
 */
const SHARES = { underWay: 16, turn: 4 };

/** Gathers the frames that are sent in one turn, to each address in their order, and publishes them together. */
export class FrameOutbox {
  readonly #publish: (address: string, message: Written) => void;
  readonly #calls: (address: string) => number | undefined;
  #addressed = new Map<string, Written[]>();

  /** @param calls how many of this process have no end yet, where several replicas take what is sent to an address */
  constructor(
    publish: (address: string, message: Written) => void,
    calls: (address: string) => number | undefined,
  ) {
    this.#publish = publish;
    this.#calls = calls;
  }

  add(address: string, frame: Written): void {
    // When all that was promised in this turn has been kept: who was answered now asks again now.
    if (this.#addressed.size === 0) process.nextTick(() => this.flush());
    const frames = this.#addressed.get(address);
    if (frames) frames.push(frame);
    else this.#addressed.set(address, [frame]);
  }

  /** Publishes what was sent in this turn until now. */
  flush(): void {
    const addressed = this.#addressed;
    this.#addressed = new Map();
    for (const [address, frames] of addressed)
      for (const message of batched(frames, this.#most(address, frames.length)))
        this.#publish(address, message);
  }

  #most(address: string, count: number): number {
    const underWay = this.#calls(address);
    if (underWay === undefined) return MOST_FRAMES;
    return Math.min(MOST_FRAMES, Math.ceil(underWay / SHARES.underWay), Math.ceil(count / SHARES.turn));
  }
}
