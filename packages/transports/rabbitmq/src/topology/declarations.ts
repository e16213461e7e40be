import { ConfigurationError, type Logger, type Topology } from '@rookery/core';
import type { Channel, ChannelModel } from 'amqplib';
import { onOwnChannel } from '../connection/own-channel.js';
import { declareAll } from './declare.js';
import type { Item } from './items.js';
import { verify } from './verify.js';

/** Sees to it that what is needed at the broker is there, as the option `topology` says. */
export class Declarations {
  readonly #topology: Topology;
  readonly #logger: Logger;
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(topology: Topology, logger: Logger) {
    this.#topology = topology;
    this.#logger = logger;
  }

  /** Whether what is missing is made. */
  get creates(): boolean {
    return this.#topology === 'create';
  }

  /** Makes what is missing, where that is wanted, on the channel of whoever needs it; it breaks when that fails. */
  async make(channel: Channel, items: readonly Item[]): Promise<void> {
    if (this.creates) await declareAll(channel, items);
  }

  /**
   * Verifies, where that is wanted.
   *
   * @throws ConfigurationError that names all that is missing or different
   */
  async check(model: ChannelModel, items: readonly Item[]): Promise<void> {
    if (this.#topology === 'verify') await verify(model, items, this.#logger);
  }

  /**
   * Makes what turned out to be missing: on a channel of its own, and once for all who want the same at the same time.
   *
   * @throws what the broker says; ConfigurationError where nothing is to be made
   */
  declare(model: ChannelModel, name: string, items: readonly Item[]): Promise<void> {
    if (!this.creates)
      return Promise.reject(new ConfigurationError(`topology is '${this.#topology}': make ${name} first`));
    const known = this.#underWay.get(name);
    if (known) return known;
    const made = onOwnChannel(model, (channel) => declareAll(channel, items));
    const declared = made.finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, declared);
    return declared;
  }
}
