import type { Pattern } from '@rookery/core';
import type { RookeryClient } from '../client/rookery-client.js';
import type { MessageOptions } from '../client/record.js';

/** Publishes events to every subscribing service. */
export class RookeryBus {
  readonly #client: RookeryClient;

  constructor(client: RookeryClient) {
    this.#client = client;
  }

  /**
   * Publishes an event, to each subscribing service once. Resolves with where it is: `stored` in the medium, or in the
   * `memory` of this process, which survives the consumer's death but not this one's.
   *
   * @param data plain data, or a record
   * @throws QueueFull and others when nobody has taken it
   */
  publish(pattern: Pattern, data?: unknown, options?: MessageOptions): Promise<'stored' | 'memory'> {
    return this.#client.publishEvent(pattern, data, options);
  }
}
