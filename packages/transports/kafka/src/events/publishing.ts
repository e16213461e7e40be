import type { Clock, Publication, PublishOutcome } from '@rookery/core';
import type { Settings } from '../options.js';
import type { Outgoing } from '../produce/outgoing.js';
import { inboxTopic, topicOf } from '../topics/names.js';
import { encodeEvent } from './cloud-event.js';
import { dueHeader } from './retry-headers.js';

/** Stores an event: in the topic of its pattern, or in that of the one service that is to get it. */
export function publish(
  { message, to, delay = 0 }: Publication,
  outgoing: Outgoing,
  clock: Clock,
  { acceptTimeout }: Settings,
): Promise<PublishOutcome> {
  const { pattern, key } = message.envelope;
  const timestamp = clock.epoch();
  const { headers, value } = encodeEvent(message);
  const record = {
    topic: to === undefined ? topicOf(pattern) : inboxTopic(to),
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
