import type { Channel, ChannelModel } from 'amqplib';

/**
 * Declares what turned out to be missing: on a channel of its own, which breaks when that fails, and once for all who want the
 * same at the same time.
 */
export class Declarations {
  readonly #underWay = new Map<string, Promise<void>>();

  /** @throws what the broker says */
  declare(model: ChannelModel, name: string, declare: (channel: Channel) => Promise<void>): Promise<void> {
    const known = this.#underWay.get(name);
    if (known) return known;
    const declared = onOwnChannel(model, declare).finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, declared);
    return declared;
  }
}

async function onOwnChannel(
  model: ChannelModel,
  declare: (channel: Channel) => Promise<void>,
): Promise<void> {
  const channel = await model.createChannel();
  channel.on('error', () => undefined); // the declaration rejects with it
  await declare(channel);
  await channel.close();
}
