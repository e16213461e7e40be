import type { Subscription } from '@rookery/core';
import { EventQueue, type Consumer } from './event-queue.js';

/** One handler of a service, with the events that wait for it: one queue, or one for each live replica. */
export class Endpoint {
  readonly service: string;
  readonly #broadcast: boolean;
  readonly #ordered: boolean;
  readonly #shared: EventQueue;
  readonly #ofReplica = new Map<Consumer, EventQueue>();
  readonly #patterns = new Map<Consumer, readonly string[]>();
  #lastPatterns: readonly string[] = [];

  constructor({ service, broadcast, ordered = false }: Subscription) {
    this.service = service;
    this.#broadcast = broadcast;
    this.#ordered = ordered;
    this.#shared = new EventQueue(ordered);
  }

  /** What any of its replicas wants, or while there is none, what the last one wanted. */
  get patterns(): ReadonlySet<string> {
    const wanted = [...this.#patterns.values()].flat();
    return new Set(wanted.length > 0 ? wanted : this.#lastPatterns);
  }

  /** Where an event for it goes. */
  get queues(): readonly EventQueue[] {
    return this.#broadcast ? [...this.#ofReplica.values()] : [this.#shared];
  }

  attach(consumer: Consumer, patterns: readonly string[]): void {
    const queue = this.#broadcast ? new EventQueue(this.#ordered) : this.#shared;
    this.#ofReplica.set(consumer, queue);
    this.#patterns.set(consumer, patterns);
    this.#lastPatterns = patterns;
    queue.attach(consumer);
  }

  /** Begins no more than so many further deliveries with it. */
  allow(consumer: Consumer, deliveries: number): void {
    const queue = this.#ofReplica.get(consumer);
    if (queue) queue.allow(consumer, deliveries);
    else consumer.allowance = deliveries;
  }

  /** Gives it nothing more; it may still settle what it has. */
  detach(consumer: Consumer): void {
    this.#ofReplica.get(consumer)?.detach(consumer);
    this.#ofReplica.delete(consumer);
    this.#patterns.delete(consumer);
  }

  /** Takes back what it has not settled. */
  release(consumer: Consumer): void {
    this.detach(consumer);
    if (!this.#broadcast) this.#shared.release(consumer);
  }
}
