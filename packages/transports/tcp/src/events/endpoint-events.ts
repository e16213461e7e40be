import type { Clock, Message } from '@rookery/core';
import type { Route } from '../frames/handshake.js';
import type { Consumer } from './consumer.js';
import { EventQueue } from './event-queue.js';

/**
 * The events for one endpoint of a service: one queue that its replicas share, or, for a broadcast endpoint, one for each
 * replica that is there.
 */
export class EndpointEvents {
  readonly name: string;
  readonly #clock: Clock;
  readonly #settled: () => void;
  readonly #broadcast: boolean;
  readonly #shared: EventQueue;
  readonly #ofConsumer = new Map<Consumer, EventQueue>();
  /** What is wanted at each place that has this endpoint, as far as it is known. */
  readonly #patterns = new Map<unknown, readonly string[]>();

  /** @param settled called after an event has left for good */
  constructor(route: Route, clock: Clock, settled: () => void) {
    this.name = route.endpoint;
    this.#broadcast = route.broadcast;
    this.#clock = clock;
    this.#settled = settled;
    this.#shared = new EventQueue(clock, settled);
  }

  /** How many events are kept for it. */
  get size(): number {
    let size = this.#shared.size;
    for (const queue of this.#ofConsumer.values()) size += queue.size;
    return size;
  }

  /** The length of its longest queue. */
  get longest(): number {
    let longest = this.#shared.size;
    for (const queue of this.#ofConsumer.values()) longest = Math.max(longest, queue.size);
    return longest;
  }

  /** Every pattern that any of its places wants. */
  get patterns(): ReadonlySet<string> {
    return new Set([...this.#patterns.values()].flat());
  }

  /** The place `home` has this endpoint, and wants these patterns. */
  settleAt(home: unknown, patterns: readonly string[]): void {
    this.#patterns.set(home, patterns);
  }

  /** The place `home` has it no more. Gives whether no place has. */
  leave(home: unknown): boolean {
    this.#patterns.delete(home);
    return this.#patterns.size === 0;
  }

  add(message: Message): void {
    if (!this.#broadcast) this.#shared.add(message);
    else for (const queue of this.#ofConsumer.values()) queue.add(message);
  }

  /** Adds a broadcast for one replica alone. */
  repeat(consumer: Consumer, message: Message): void {
    this.#ofConsumer.get(consumer)?.add(message);
  }

  attach(consumer: Consumer): void {
    const queue = this.#broadcast ? new EventQueue(this.#clock, this.#settled) : this.#shared;
    if (this.#broadcast) this.#ofConsumer.set(consumer, queue);
    queue.attach(consumer);
  }

  /** It gets nothing more, and may settle what it has. */
  detach(consumer: Consumer): void {
    (this.#ofConsumer.get(consumer) ?? this.#shared).detach(consumer);
  }

  /** It is gone: others get what it has not settled. Nobody else gets its copies of a broadcast. */
  release(consumer: Consumer): void {
    const own = this.#ofConsumer.get(consumer);
    if (!own) {
      this.#shared.release(consumer);
      return;
    }
    this.#ofConsumer.delete(consumer);
    own.close();
    this.#settled();
  }

  close(): void {
    this.#shared.close();
    for (const queue of this.#ofConsumer.values()) queue.close();
  }
}
