import type { Clock, Message, Timer } from '@rookery/core';
import type { Outcome } from '../frames/ack.js';
import { type KeptEvent, KeptEvents } from './kept-events.js';

/** Milliseconds before an event is given again to a replica that had no room for it. */
const RETURNED_PAUSE = 100;

/** One replica's place at an endpoint. */
export interface Consumer {
  /** How many deliveries it may have unsettled. */
  readonly window: number;
  /** Delivers an event; `settle` may be called once, any time later. */
  deliver(message: Message, attempt: number, settle: (outcome: Outcome) => void): void;
}

/**
 * The events of one endpoint: each is with one consumer at a time until one accepts or rejects it. What comes back,
 * for another try or because its consumer is gone, is older than what waits and goes before it.
 */
export class EventQueue {
  readonly #clock: Clock;
  readonly #settled: () => void;
  readonly #waiting = new KeptEvents();
  /** Not before their time. */
  readonly #held = new Map<KeptEvent, Timer>();
  /** With what each of them has and has not settled, oldest first. */
  readonly #consumers = new Map<Consumer, Set<KeptEvent>>();
  /** Consumers that get nothing more and have not settled all. */
  readonly #leaving = new Map<Consumer, Set<KeptEvent>>();
  #size = 0;

  /** @param settled called after an event has left for good */
  constructor(clock: Clock, settled: () => void) {
    this.#clock = clock;
    this.#settled = settled;
  }

  /** How many have not been settled for good. */
  get size(): number {
    return this.#size;
  }

  add(message: Message): void {
    this.#size++;
    this.#waiting.push({ message, attempt: 0, next: undefined });
    this.#dispatch();
  }

  attach(consumer: Consumer): void {
    this.#consumers.set(consumer, new Set());
    this.#dispatch();
  }

  /** Gives it nothing more; it may still settle what it has. */
  detach(consumer: Consumer): void {
    const unsettled = this.#consumers.get(consumer);
    if (!unsettled) return;
    this.#consumers.delete(consumer);
    if (unsettled.size > 0) this.#leaving.set(consumer, unsettled);
  }

  /** Gives what it has not settled to others, as a further attempt. */
  release(consumer: Consumer): void {
    this.detach(consumer);
    const unsettled = this.#leaving.get(consumer);
    this.#leaving.delete(consumer);
    for (const event of [...(unsettled ?? [])].reverse()) this.#waiting.unshift(event);
    unsettled?.clear();
    this.#dispatch();
  }

  /** Forgets everything; nothing is delivered any more. */
  close(): void {
    for (const timer of this.#held.values()) timer.cancel();
    this.#held.clear();
    this.#consumers.clear();
    this.#leaving.clear();
    while (this.#waiting.shift());
    this.#size = 0;
  }

  #dispatch(): void {
    while (!this.#waiting.empty) {
      const consumer = this.#leastLoaded();
      const event = consumer && this.#waiting.shift();
      if (!event) return;
      this.#deliver(event, consumer);
    }
  }

  #leastLoaded(): Consumer | undefined {
    let best: Consumer | undefined;
    let least = Infinity;
    for (const [consumer, unsettled] of this.#consumers) {
      if (unsettled.size >= consumer.window || unsettled.size >= least) continue;
      best = consumer;
      least = unsettled.size;
    }
    return best;
  }

  #deliver(event: KeptEvent, consumer: Consumer): void {
    const unsettled = this.#consumers.get(consumer);
    unsettled?.add(event);
    consumer.deliver(event.message, ++event.attempt, (outcome) => {
      if (unsettled?.delete(event)) this.#settle(event, consumer, outcome);
    });
  }

  #settle(event: KeptEvent, consumer: Consumer, outcome: Outcome): void {
    if (this.#leaving.get(consumer)?.size === 0) this.#leaving.delete(consumer);
    if (outcome.outcome === 'retry') this.#hold(event, outcome.after);
    else if (outcome.outcome === 'return') {
      event.attempt--;
      // From one that goes on taking events, because it has too much now.
      if (this.#consumers.has(consumer)) this.#hold(event, RETURNED_PAUSE);
      else this.#waiting.unshift(event);
    } else {
      this.#size--;
      this.#settled();
    }
    this.#dispatch();
  }

  #hold(event: KeptEvent, ms: number): void {
    const timer = this.#clock.after(ms, () => {
      this.#held.delete(event);
      this.#waiting.unshift(event);
      this.#dispatch();
    });
    this.#held.set(event, timer);
  }
}
