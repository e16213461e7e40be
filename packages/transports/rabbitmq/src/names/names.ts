import { escapeWord, fitting } from './escape.js';
import { slotWord } from './routing-key.js';

/** What everything is called at the broker: `<prefix>.<service>.<what>`, the same for all who share
 * a prefix. No two things have one name, whatever services and endpoints are called. */
export class Names {
  readonly #prefix: string;
  /** Topic exchange that every event is published to. */
  readonly events: string;
  /** Direct exchange from which events that have waited come back to the queue that they are named after. */
  readonly retries: string;
  /** Exchange and queue of what waited for an endpoint that is no longer there. */
  readonly orphans: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
    this.events = `${prefix}.events`;
    this.retries = `${prefix}.retries`;
    this.orphans = `${prefix}.orphans`;
  }

  /** The queue of requests for a service. */
  requests(service: string): string {
    return this.#of(service, 'requests');
  }

  /** The queue of one replica, for frames that are meant for it alone. */
  inbox(replica: string): string {
    return this.#of('replica', 'inbox', replica);
  }

  /** The queue of events for an endpoint. */
  endpoint(service: string, endpoint: string): string {
    return this.#of(service, 'endpoint', endpoint);
  }

  /** The queue of events of one slot for an ordered endpoint. */
  slot(service: string, endpoint: string, slot: number): string {
    return this.#of(service, 'ordered', endpoint, slotWord(slot));
  }

  /** The queue of batons of an ordered endpoint, see {@link Slots}. */
  batons(service: string, endpoint: string): string {
    return this.#of(service, 'batons', endpoint);
  }

  /** The exchange that is there once all batons are in their queue. */
  allBatons(service: string, endpoint: string): string {
    return this.#of(service, 'batons', endpoint, 'complete');
  }

  /** The queue that only one connection can have, which makes the batons. */
  batonMaker(service: string, endpoint: string): string {
    return this.#of(service, 'batons', endpoint, 'maker');
  }

  /** The queue of a broadcast endpoint of one replica. */
  broadcast(service: string, endpoint: string, replica: string): string {
    return this.#of(service, 'broadcast', endpoint, replica);
  }

  /** The queue of events that were sent to a service before it was there. */
  early(service: string): string {
    return this.#of(service, 'early');
  }

  /** The stream of what has become of a service's dead letters. */
  deadLetters(service: string): string {
    return this.#of(service, 'dead-letters');
  }

  /** Exchange and queue of a delay tier. */
  delay(ms: number): string {
    return `${this.#prefix}.delay.${ms}`;
  }

  #of(...words: string[]): string {
    return fitting([this.#prefix, ...words.map(escapeWord)].join('.'));
  }
}
