import type { TransportHost } from '@rookery/core';
import type { ChannelModel, Message as AmqpMessage } from 'amqplib';
import { granted } from '../connection/own-channel.js';
import { propertiesOf } from '../message/properties.js';
import { numberIn } from '../message/context-headers.js';
import { declareAll } from '../topology/declare.js';
import { batonQueue, SLOTS } from '../topology/of-events.js';

/** Milliseconds between two looks at whether another has made them. */
const LOOK = 20;

const SLOT = 'rookery-slot';

/** Milliseconds since the epoch at which the batons were made, by the clock of their maker. */
const MADE = 'rookery-made';

/** What whoever has a slot holds. */
export interface Baton {
  readonly slot: number;
  /** Greater than that of everybody who has had the slot before. */
  readonly fencingToken: number;
}

/** What the names of all that batons need are. */
export interface BatonNames {
  /** The queue that they are in. */
  readonly queue: string;
  /** The exchange that is there once they all are; it goes with the queue. */
  readonly complete: string;
  /** The queue that only the connection of their maker has. */
  readonly maker: string;
}

/**
 * Reads a baton. RabbitMQ counts how often a quorum queue has got a message back, wherever its holder was then, and keeps that
 * count as safe as the message: so it tells all holders apart, in their order.
 *
 * @returns `undefined` for what is none
 */
export function readBaton(amqp: AmqpMessage): Baton | undefined {
  const { headers } = propertiesOf(amqp);
  const slot = numberIn(headers, SLOT);
  const made = numberIn(headers, MADE);
  if (slot === undefined || made === undefined) return undefined;
  return { slot, fencingToken: made + (numberIn(headers, 'x-delivery-count') ?? 0) };
}

/**
 * Sees to it that there is one baton for each slot, and never two: they are made under a lock, which the broker takes from whoever
 * dies, and are valid once all are there.
 */
export async function provideBatons(
  model: ChannelModel,
  names: BatonNames,
  host: TransportHost,
): Promise<void> {
  while (!(await areThere(model, names))) {
    if (await make(model, names, host)) return;
    await new Promise<void>((resolve) => host.clock.after(LOOK * (1 + host.random.next()), resolve));
  }
}

function areThere(model: ChannelModel, { complete }: BatonNames): Promise<boolean> {
  return granted(model, 404, (channel) => channel.checkExchange(complete));
}

/** @returns whether they are there now; `false` when another makes them */
async function make(model: ChannelModel, names: BatonNames, host: TransportHost): Promise<boolean> {
  const { queue, complete, maker } = names;
  // The lock is the connection's, not the channel's.
  const lock = { exclusive: true, durable: false };
  if (!(await granted(model, 405, (channel) => channel.assertQueue(maker, lock)))) return false;
  const channel = await model.createConfirmChannel();
  if (!(await areThere(model, names))) {
    // What another has left behind half done, nobody has ever held.
    await channel.deleteQueue(queue);
    await declareAll(channel, batonQueue(queue));
    const made = Math.floor(host.clock.epoch());
    for (const slot of SLOTS) {
      const headers = { [SLOT]: slot, [MADE]: made };
      channel.sendToQueue(queue, Buffer.from(`slot ${slot}`), { persistent: true, headers });
    }
    await channel.waitForConfirms();
    await channel.assertExchange(complete, 'fanout', { durable: true, autoDelete: true });
    await channel.bindQueue(queue, complete, '');
  }
  await channel.deleteQueue(maker);
  await channel.close();
  return true;
}
