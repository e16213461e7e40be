import { concerns, type Direction, type Sides } from './direction.js';

/** How slow a link is. */
export interface Slowness {
  /** Default: no limit. */
  readonly bytesPerSecond?: number | undefined;
  /** Milliseconds that each chunk is held; the next is not read meanwhile. Default 0. */
  readonly delay?: number | undefined;
}

interface Flaw {
  readonly direction: Direction;
  /** Bytes that pass unharmed before it. */
  left: number;
  readonly mask: number;
  readonly done: () => void;
}

/** What is wrong with the network just now, for all the links of one proxy. */
export class Faults {
  readonly #held = new Set<Direction>();
  readonly #slowness = new Map<Direction, Slowness>();
  #flaws: Flaw[] = [];

  holds(direction: Direction): boolean {
    return this.#held.has(direction);
  }

  slowness(direction: Direction): Slowness | undefined {
    return this.#slowness.get(direction);
  }

  hold(sides: Sides): void {
    for (const direction of directionsOf(sides)) this.#held.add(direction);
  }

  slow(sides: Sides, slowness: Slowness): void {
    for (const direction of directionsOf(sides)) this.#slowness.set(direction, slowness);
  }

  corrupt(direction: Direction, after: number, mask: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#flaws.push({ direction, left: after, mask, done: resolve });
    return promise;
  }

  heal(): void {
    this.#held.clear();
    this.#slowness.clear();
    this.#flaws = [];
  }

  /** The chunk as it comes out of the network. */
  pass(direction: Direction, chunk: Buffer): Buffer {
    if (this.#flaws.length === 0) return chunk;
    const passed = Buffer.from(chunk);
    this.#flaws = this.#flaws.filter((flaw) => {
      if (flaw.direction !== direction) return true;
      if (flaw.left >= passed.length) {
        flaw.left -= passed.length;
        return true;
      }
      passed.writeUInt8(passed.readUInt8(flaw.left) ^ flaw.mask, flaw.left);
      flaw.done();
      return false;
    });
    return passed;
  }
}

function directionsOf(sides: Sides): Direction[] {
  return (['up', 'down'] as const).filter((direction) => concerns(sides, direction));
}
