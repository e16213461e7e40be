import { Expiring, type Enrolled, type RookeryError } from '@rookery/core';
import type { Item } from '../topology/items.js';
import type { WrittenEvent } from './cloud-event.js';

/** What became of an event that was handed to the broker. */
export type Confirmation = { readonly status: 'stored' } | Refused;

export interface Refused {
  readonly status: 'refused';
  readonly error: RookeryError;
  /** Because it leads to no queue, see {@link Destination.missing}. */
  readonly unroutable?: boolean;
}

/** Where an event goes. */
export interface Destination {
  readonly exchange: string;
  readonly routingKey: string;
  /** The queue that takes it when it is routed to none; it is declared then. Left out, nobody misses it. */
  readonly otherwise?: string | undefined;
  /** What is declared then; left out, a queue of events that came early. */
  readonly made?: readonly Item[] | undefined;
  /** Why it is refused when it is routed to none. */
  readonly missing?: string | undefined;
}

/** A queue that has to be there. */
export function toQueue(queue: string): Destination {
  return { exchange: '', routingKey: queue, missing: `the queue ${queue} is not there` };
}

/** An event until the broker has confirmed that it has it. */
export class OutgoingEvent extends Expiring implements Enrolled<OutgoingEvent> {
  earlier: OutgoingEvent | undefined = undefined;
  later: OutgoingEvent | undefined = undefined;
  readonly event: WrittenEvent;
  readonly confirmed: Promise<Confirmation>;
  destination: Destination;
  /** May have reached the broker. */
  sent = false;
  /** Came back, because it was routed to no queue. */
  returned = false;
  settled = false;
  #resolve: (confirmation: Confirmation) => void = () => undefined;
  readonly #expired: (event: OutgoingEvent) => void;

  constructor(event: WrittenEvent, destination: Destination, expired: (event: OutgoingEvent) => void) {
    super();
    this.event = event;
    this.destination = destination;
    this.#expired = expired;
    this.confirmed = new Promise((resolve) => (this.#resolve = resolve));
  }

  settle(confirmation: Confirmation): void {
    this.settled = true;
    this.#resolve(confirmation);
  }

  expire(): void {
    this.#expired(this);
  }
}
