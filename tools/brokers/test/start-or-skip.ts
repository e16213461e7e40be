import { BrokerAbsent, type BrokerKind, startBroker } from '@rookery/brokers';
import { rabbitmq } from '../src/kinds/rabbitmq.js';
import type { OwnBroker } from '../src/own-broker.js';

type Skip = (reason: string) => never;

/** A broker of our own; where none can be had, the test is skipped with the reason. */
export async function startOrSkip(kind: BrokerKind, skip: Skip): Promise<OwnBroker> {
  return (await orSkip(startBroker(kind, { env: {} }), skip)) as OwnBroker;
}

export async function skipWithoutRabbitmq(skip: Skip): Promise<void> {
  await orSkip(rabbitmq.find(), skip);
}

function orSkip<T>(work: Promise<T>, skip: Skip): Promise<T> {
  return work.catch((error: unknown) => {
    if (error instanceof Error && error.name === BrokerAbsent.name) skip(error.message);
    throw error;
  });
}
