import type { Channel, ChannelModel } from 'amqplib';
import type { Tenant } from '../connection/link.js';
import type { Scope } from '../scope.js';
import type { Item } from '../topology/items.js';
import { exchanges } from '../topology/of-events.js';

/** Moves in before the endpoints, whose queues are bound to the exchanges, and knows before them if anything is amiss. */
export class Exchanges implements Tenant {
  readonly #scope: Scope;
  readonly #all: () => readonly Item[];

  /** @param all what the whole transport needs */
  constructor(scope: Scope, all: () => readonly Item[]) {
    this.#scope = scope;
    this.#all = all;
  }

  async move(model: ChannelModel): Promise<Channel> {
    const channel = await model.createChannel();
    const { declarations, names } = this.#scope;
    await declarations.make(channel, exchanges(names));
    await declarations.check(model, this.#all());
    return channel;
  }

  evicted(): void {
    // nothing is on its way here
  }
}
