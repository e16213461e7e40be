import { queue, type Item } from './items.js';

/** Bytes after which RabbitMQ forgets the oldest entries, a whole segment at a time. */
export const LOG_BYTES = 1_073_741_824;

/** The stream of a service's dead letters. */
export function deadLetterLog(name: string): Item[] {
  const args = {
    'x-queue-type': 'stream',
    'x-max-length-bytes': LOG_BYTES,
    'x-stream-max-segment-size-bytes': LOG_BYTES / 16,
  };
  return [queue(name, args)];
}
