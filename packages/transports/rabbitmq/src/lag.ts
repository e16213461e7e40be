import type { Clock, Lag } from '@rookery/core';
import type { Channel, ChannelModel } from 'amqplib';

/** A queue from which a service takes messages. */
export interface Source extends Pick<Lag, 'service' | 'of' | 'endpoint'> {
  readonly queue: string;
  /** When the last message that came from it was sent, in milliseconds since the Unix epoch. */
  readonly lastSent: number | undefined;
}

/**
 * How many messages are ready in each queue, by passive declarations on a channel of its own: one that fails breaks it.
 *
 * @throws what the broker says
 */
export async function lagOf(sources: readonly Source[], model: ChannelModel, clock: Clock): Promise<Lag[]> {
  const channel = await model.createChannel();
  channel.on('error', () => undefined); // what was asked rejects with it
  const lags = await Promise.all(sources.map((source) => read(channel, source, clock)));
  await channel.close();
  return lags;
}

async function read(channel: Channel, source: Source, clock: Clock): Promise<Lag> {
  const { queue, lastSent, ...what } = source;
  const { messageCount: waiting } = await channel.checkQueue(queue);
  // RabbitMQ does not say how old its messages are. What is behind the last that came is younger than that one.
  const oldest = waiting === 0 || lastSent === undefined ? undefined : Math.max(0, clock.epoch() - lastSent);
  return { ...what, destination: queue, waiting, oldest };
}
