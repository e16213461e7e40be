import { ConfigurationError, isRookeryError, type Publication, type PublishOutcome } from '@rookery/core';
import type { Table } from '../message/application-headers.js';
import { routingKey } from '../names/routing-key.js';
import type { StockWire } from '../nest-wire/stock-wire.js';
import type { Scope } from '../scope.js';
import { writeEvent } from './cloud-event.js';
import { writeDelay } from './held.js';
import type { Publisher } from './publisher.js';

/** Publishes all of them; the outcomes are in their order. */
export function publishAll(
  publications: readonly Publication[],
  publisher: Publisher,
  stock: StockWire,
  scope: Scope,
): Promise<readonly PublishOutcome[]> {
  return Promise.all(
    publications.map((publication) => {
      const toStock = stock.publish(publication);
      if (!toStock) return publishOne(publication, publisher, scope);
      return publication.to === undefined
        ? bothOf(publishOne(publication, publisher, scope), toStock)
        : toStock;
    }),
  );
}

/** On Rookery's own wire. */
export async function publishOne(
  { message, to, delay = 0 }: Publication,
  publisher: Publisher,
  { names, records, host }: Scope,
): Promise<PublishOutcome> {
  const { pattern, slot } = message.envelope;
  try {
    const event = writeEvent(message);
    Object.assign(event.options, records.of(message.envelope.headers));
    if (delay > 0) writeDelay(event.options.headers as Table, delay, host.clock);
    return await publisher.publish(event, {
      exchange: names.events,
      routingKey: routingKey(pattern, slot, to),
      otherwise: to === undefined ? undefined : names.early(to),
    });
  } catch (cause) {
    if (isRookeryError(cause)) return { status: 'refused', error: cause };
    const error = new ConfigurationError(
      `the event ${pattern} cannot be written for AMQP: ${String(cause)}`,
      { cause },
    );
    return { status: 'refused', error };
  }
}

/** Stored where both are; what is published again after a refusal may be there twice, under one id. */
async function bothOf(own: Promise<PublishOutcome>, stock: Promise<PublishOutcome>): Promise<PublishOutcome> {
  const outcomes = await Promise.all([own, stock]);
  return outcomes.find(({ status }) => status === 'refused') ?? outcomes[0];
}
