import type { Publication, PublishOutcome } from '@rookery/core';
import type { StockWire } from '../nest-wire/stock-wire.js';
import type { Scope } from '../scope.js';
import { publishOne } from './publish-one.js';
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

/** Stored where both are; what is published again after a refusal may be there twice, under one id. */
async function bothOf(own: Promise<PublishOutcome>, stock: Promise<PublishOutcome>): Promise<PublishOutcome> {
  const outcomes = await Promise.all([own, stock]);
  return outcomes.find(({ status }) => status === 'refused') ?? outcomes[0];
}
