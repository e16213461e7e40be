import type { Channel, ChannelModel } from 'amqplib';
import { closed } from './closed.js';

/**
 * Asks the broker for something on a channel of its own, which ends if the broker refuses.
 *
 * @throws what the broker says
 */
export async function onOwnChannel<T>(
  model: ChannelModel,
  ask: (channel: Channel) => Promise<T>,
): Promise<T> {
  const channel = await model.createChannel();
  channel.on('error', () => undefined); // what was asked for on it rejects with it
  try {
    return await ask(channel);
  } finally {
    await closed(channel);
  }
}

/** @returns `false` if the broker refuses with this code. @throws what else it says */
export async function granted(
  model: ChannelModel,
  refusal: number,
  ask: (channel: Channel) => Promise<unknown>,
): Promise<boolean> {
  try {
    await onOwnChannel(model, ask);
    return true;
  } catch (cause) {
    if ((cause as { code?: unknown }).code === refusal) return false;
    throw cause;
  }
}
