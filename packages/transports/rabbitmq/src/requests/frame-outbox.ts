import type { SizeLimit } from '../message/size-limit.js';
import { batched, MOST_FRAMES } from './frame-batch.js';
import type { Written } from './frame-codec.js';

/**
 * Requests to a service share messages only as far as many replicas can still share the requests: into how many messages go, at
 * least, all calls that are under way, and those of one turn to one service.
 */
const SHARES = { underWay: 16, turn: 4 };

/** How many frames to one address are gathered at most. */
const MOST_GATHERED = SHARES.turn * MOST_FRAMES;

/** Gathers the frames that are sent in one turn, to each address in their order, and publishes them together. */
export class FrameOutbox {
  readonly #publish: (address: string, message: Written) => void;
  readonly #calls: (address: string) => number | undefined;
  readonly #sizes: SizeLimit;
  #addressed = new Map<string, Written[]>();

  /** @param calls how many of this process have no end yet, where several replicas take what is sent to an address */
  constructor(
    publish: (address: string, message: Written) => void,
    calls: (address: string) => number | undefined,
    sizes: SizeLimit,
  ) {
    this.#publish = publish;
    this.#calls = calls;
    this.#sizes = sizes;
  }

  add(address: string, frame: Written): void {
    // When all that was promised in this turn has been kept: who was answered now asks again now.
    if (this.#addressed.size === 0) process.nextTick(() => this.flush());
    const frames = this.#addressed.get(address) ?? [];
    frames.push(frame);
    this.#addressed.set(address, frames);
    // No more is gathered than the connection is asked for at once, which may be full by then.
    if (frames.length >= MOST_GATHERED) this.flush();
  }

  /** Publishes what was sent in this turn until now. */
  flush(): void {
    const addressed = this.#addressed;
    this.#addressed = new Map();
    for (const [address, frames] of addressed) {
      const most = this.#most(address, frames.length);
      for (const message of batched(frames, most, this.#sizes.most)) this.#publish(address, message);
    }
  }

  #most(address: string, count: number): number {
    const underWay = this.#calls(address);
    if (underWay === undefined) return MOST_FRAMES;
    return Math.min(MOST_FRAMES, Math.ceil(underWay / SHARES.underWay), Math.ceil(count / SHARES.turn));
  }
}
