import { ConfigurationError, type Clock, type Publication, type PublishOutcome } from '@rookery/core';
import type { Settings } from '../options.js';
import type { Outgoing } from '../produce/outgoing.js';
import { encodeEvent } from './cloud-event.js';
import { dueHeader } from './retry-headers.js';

/** Stores an event: in the topic of its pattern, or in that of the one service that is to get it. */
export function publish(
  { message, to, delay = 0 }: Publication,
  outgoing: Outgoing,
  clock: Clock,
  { acceptTimeout, names, wires }: Settings,
): Promise<PublishOutcome> {
  const { pattern, key } = message.envelope;
  const timestamp = clock.epoch();
  const { headers, value } = encodeEvent(message, wires.spoken);
  // Stock Nest has no topic for what is for one service.
  const stock = to !== undefined && wires.stockServices.has(to);
  if (stock && delay > 0) {
    const error = new ConfigurationError(
      `'${to}' is on stock Nest, which holds no event back: leave out the delay of ${pattern}`,
    );
    return Promise.resolve({ status: 'refused', error });
  }
  const record = {
    topic: to === undefined || stock ? names.topicOf(pattern) : names.inbox(to),
    key: key === undefined ? undefined : Buffer.from(key),
    ...{ value, timestamp },
    headers: delay > 0 ? [...headers, dueHeader(timestamp + delay)] : headers,
  };
  return new Promise((resolve) => {
    outgoing.post(record, acceptTimeout, (error) =>
      resolve(error ? { status: 'refused', error } : { status: 'stored' }),
    );
  });
}
