import type { Clock } from '@rookery/core';
import type { Outgoing } from '../produce/outgoing.js';
import type { Settings } from '../options.js';
import type { Pending } from './pending.js';
import { retryHeaders } from './retry-headers.js';

/** The topics of a service where what is to be tried later waits, one for each tier of time. */
export class Parking {
  readonly topics: readonly string[];
  readonly #service: string;
  readonly #outgoing: Outgoing;
  readonly #settings: Settings;
  readonly #clock: Clock;
  readonly #used: (topic: string) => void;

  /** @param used called when something was written to a topic */
  constructor(
    service: string,
    outgoing: Outgoing,
    settings: Settings,
    clock: Clock,
    used: (topic: string) => void,
  ) {
    this.topics = settings.retryTiers.map((tier) => settings.names.retries(service, tier));
    this.#service = service;
    this.#outgoing = outgoing;
    this.#settings = settings;
    this.#clock = clock;
    this.#used = used;
  }

  /** See `Park`. */
  park({ entry: { record }, endpoint, attempt }: Pending, wait: number): Promise<boolean> {
    const { names, retryTiers, acceptTimeout } = this.#settings;
    const tier = retryTiers.findLast((each) => each <= wait) ?? wait;
    const topic = names.retries(this.#service, tier);
    const timestamp = this.#clock.epoch();
    const headers = retryHeaders(record, {
      ...{ endpoint: endpoint.name, attempt, due: timestamp + wait },
    });
    const again = {
      topic,
      headers,
      timestamp,
      key: record.key ?? undefined,
      value: record.value ?? undefined,
    };
    return new Promise((resolve) => {
      this.#outgoing.post(again, acceptTimeout, (error) => {
        if (!error) this.#used(topic);
        resolve(error === undefined);
      });
    });
  }
}
