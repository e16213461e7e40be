import { ConfigurationError } from '@rookery/core';
import type { Channel, ChannelModel, Options } from 'amqplib';
import { granted } from '../connection/own-channel.js';
import type { Declarations } from '../topology/declarations.js';
import type { NestExchange } from './options.js';

/**
 * Sees to it that the queue of a stock service is there, and never has it declared otherwise than it is.
 *
 * @param options how stock Nest declares it; left out, whatever is there is right
 * @returns its name, which the broker chooses where it is empty
 * @throws what the broker says, which names what differs
 */
export async function declareStockQueue(
  model: ChannelModel,
  channel: Channel,
  declarations: Declarations,
  queue: string,
  options: Options.AssertQueue | undefined,
): Promise<string> {
  if (queue !== '' && (options === undefined || !declarations.creates)) {
    if (await isThere(model, queue)) return queue;
    if (!declarations.creates)
      throw new ConfigurationError(`the queue '${queue}' of the stock wire is not there: make it first`);
  }
  return (await channel.assertQueue(queue, options)).queue;
}

/** As stock Nest declares it. */
export async function declareStockExchange(
  channel: Channel,
  declarations: Declarations,
  { name, type, arguments: args }: NestExchange,
): Promise<void> {
  if (declarations.creates) await channel.assertExchange(name, type, { durable: true, arguments: args });
}

export function isThere(model: ChannelModel, queue: string): Promise<boolean> {
  return granted(model, 404, (channel) => channel.checkQueue(queue));
}
