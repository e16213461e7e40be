import type { Channel, ChannelModel } from 'amqplib';
import type { Tenant } from '../connection/link.js';
import type { Names } from '../names/names.js';
import { declareExchanges } from './declare.js';

/** Moves in before the endpoints, whose queues are bound to the exchanges. */
export class Exchanges implements Tenant {
  readonly #names: Names;

  constructor(names: Names) {
    this.#names = names;
  }

  async move(model: ChannelModel): Promise<Channel> {
    const channel = await model.createChannel();
    await declareExchanges(channel, this.#names);
    return channel;
  }

  evicted(): void {
    // nothing is on its way here
  }
}
