import type { Clock, Lag } from '@rookery/core';
import type { Channel, ChannelModel } from 'amqplib';
import { onOwnChannel } from './connection/own-channel.js';

/** A queue from which a service takes messages. */
export interface Source extends Pick<Lag, 'service' | 'of' | 'endpoint'> {
  readonly queue: string;
  /** When the last message that came from it was sent, in milliseconds since the Unix epoch. */
  readonly lastSent: number | undefined;
}

/**
 * How many messages are ready in each queue, by passive declarations.
 *
 * @throws what the broker says
 */
export function lagOf(sources: readonly Source[], model: ChannelModel, clock: Clock): Promise<Lag[]> {
  return onOwnChannel(model, (channel) => Promise.all(sources.map((source) => read(channel, source, clock))));
}

async function read(channel: Channel, source: Source, clock: Clock): Promise<Lag> {
  const { queue, lastSent, ...what } = source;
  const { messageCount: waiting } = await channel.checkQueue(queue);
  // RabbitMQ does not say how old its messages are. What is behind the last that came is younger than that one.
  const oldest = waiting === 0 || lastSent === undefined ? undefined : Math.max(0, clock.epoch() - lastSent);
  return { ...what, destination: queue, waiting, oldest };
}
