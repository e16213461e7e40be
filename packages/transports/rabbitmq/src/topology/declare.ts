import type { Channel } from 'amqplib';
import type { Item } from './items.js';

/** Makes what is missing; what is there has to be equal. */
export async function declareAll(channel: Channel, items: readonly Item[]): Promise<void> {
  for (const item of items) await declare(channel, item);
}

export async function declare(channel: Channel, item: Item): Promise<void> {
  if (item.kind === 'exchange')
    await channel.assertExchange(item.name, item.properties.type, item.properties);
  else if (item.kind === 'queue') await channel.assertQueue(item.name, item.properties);
  else {
    const { source, queue, routingKey } = item.properties;
    await channel.bindQueue(queue, source, routingKey);
  }
}
