import type { Channel, ChannelModel } from 'amqplib';

/**
 * Asks the broker for something on a channel of its own, which ends if the broker refuses.
 *
 * @returns `false` if it refuses with this code
 * @throws what else goes wrong
 */
export async function answered(
  model: ChannelModel,
  code: number,
  ask: (channel: Channel) => Promise<unknown>,
): Promise<boolean> {
  const channel = await model.createChannel();
  channel.on('error', () => undefined); // what was asked for on it rejects with it
  try {
    await ask(channel);
  } catch (cause) {
    if ((cause as { code?: unknown }).code === code) return false;
    throw cause;
  }
  await channel.close();
  return true;
}
