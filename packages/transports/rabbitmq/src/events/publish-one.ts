import { ConfigurationError, isRookeryError, type Publication, type PublishOutcome } from '@rookery/core';
import type { Table } from '../message/application-headers.js';
import { routingKey } from '../names/routing-key.js';
import type { Scope } from '../scope.js';
import { writeEvent } from './cloud-event.js';
import { writeDelay } from './held.js';
import type { Publisher } from './publisher.js';

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
