import type { RmqOptions } from '@nestjs/microservices';
import type { Place } from '../../contender.js';

type Queue = NonNullable<RmqOptions['options']>;

/** Requests as stock Nest has them by default: a queue that is durable, messages that are not, settled when delivered. */
export function requestQueue({ broker, name }: Place): Queue {
  return { urls: [broker], queue: `${name}-requests`, queueOptions: { durable: true } };
}

/** Events as safe as stock Nest has them: a quorum queue, persistent messages, confirmed, acknowledged by the handler. */
export function eventQueue({ broker, name }: Place): Queue {
  return {
    urls: [broker],
    queue: `${name}-events`,
    queueOptions: { durable: true, arguments: { 'x-queue-type': 'quorum' } },
    persistent: true,
  };
}
