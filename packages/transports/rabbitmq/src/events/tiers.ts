import type { ChannelModel } from 'amqplib';
import type { Names } from '../names/names.js';
import type { Declarations } from '../topology/declarations.js';
import type { Item } from '../topology/items.js';
import { delayTier } from '../topology/of-events.js';

/** The delay tiers that this process has used: declared when first used, and again on every new connection. */
export class Tiers {
  readonly #names: Names;
  readonly #declarations: Declarations;
  /** By their milliseconds: when they are there. */
  readonly #used = new Map<number, Promise<void>>();

  constructor(names: Names, declarations: Declarations) {
    this.#names = names;
    this.#declarations = declarations;
  }

  /** All that were used. */
  get items(): Item[] {
    return [...this.#used.keys()].flatMap((ms) => delayTier(this.#names, ms));
  }

  /** Resolves when the tier is there; without a connection at once, because the next one begins with its declaration. */
  ensure(ms: number, model: ChannelModel | undefined): Promise<void> {
    if (!this.#declarations.creates) return Promise.resolve();
    const known = this.#used.get(ms);
    if (known) return known;
    const declared = model ? this.#declare(ms, model) : Promise.resolve();
    this.#used.set(ms, declared);
    return declared;
  }

  async #declare(ms: number, model: ChannelModel): Promise<void> {
    try {
      await this.#declarations.declare(model, this.#names.delay(ms), delayTier(this.#names, ms));
    } catch {
      this.#used.delete(ms); // whoever comes next tries again
    }
  }
}
