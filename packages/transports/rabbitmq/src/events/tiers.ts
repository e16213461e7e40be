import type { Channel, ChannelModel } from 'amqplib';
import type { Declarations } from '../connection/declarations.js';
import type { Names } from '../names/names.js';
import { declareTier } from './declare.js';

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

  async declareAll(channel: Channel): Promise<void> {
    for (const ms of this.#used.keys()) await declareTier(channel, this.#names, ms);
  }

  /** Resolves when the tier is there; without a connection at once, because the next one begins with its declaration. */
  ensure(ms: number, model: ChannelModel | undefined): Promise<void> {
    const known = this.#used.get(ms);
    if (known) return known;
    const declared = model ? this.#declare(ms, model) : Promise.resolve();
    this.#used.set(ms, declared);
    return declared;
  }

  async #declare(ms: number, model: ChannelModel): Promise<void> {
    try {
      await this.#declarations.declare(model, this.#names.delay(ms), (channel) =>
        declareTier(channel, this.#names, ms),
      );
    } catch {
      this.#used.delete(ms); // whoever comes next tries again
    }
  }

  /** The exchanges and queues of all that were used. */
  get names(): string[] {
    return [...this.#used.keys()].map((ms) => this.#names.delay(ms));
  }
}
