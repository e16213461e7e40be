import { connect } from 'amqplib';
import type { Transport } from '@rookery/core';
import type { RabbitmqDescription } from '@rookery/rabbitmq';

/** Deletes what the transports have declared. */
export async function removeAll(url: string, transports: readonly Transport[]): Promise<void> {
  const all = transports.map((transport) => transport.describe() as RabbitmqDescription);
  const model = await connect(url);
  const channel = await model.createChannel();
  for (const queue of new Set(all.flatMap(({ queues }) => queues))) await channel.deleteQueue(queue);
  for (const name of new Set(all.flatMap(({ exchanges }) => exchanges))) await channel.deleteExchange(name);
  await model.close();
}
