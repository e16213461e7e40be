import {
  ownMessage,
  type Clock,
  type Delivery,
  type Message,
  type Settlement,
  type Subscriber,
  type Timer,
} from '@rookery/core';
import { SlotLines, type Line } from './slot-lines.js';
import type { Turns } from './turns.js';

/** An accepted event on its way to one endpoint. */
export interface Entry {
  readonly message: Message;
  /** Ascends in the order of arrival. */
  readonly order: number;
  /** Where it waits for those before it, at an ordered endpoint. */
  readonly line: Line<Consumer, Entry> | undefined;
  attempt: number;
  /** Its consumer has seen it; otherwise it has only been chosen. */
  delivered: boolean;
  /** By the clock of the bus; not to be delivered before. */
  due: number;
}

/** One replica's hold on an endpoint. */
export interface Consumer {
  /** Its name on the bus. */
  readonly replica: string;
  readonly clock: Clock;
  readonly turns: Turns;
  readonly subscriber: Subscriber;
  /** How many deliveries may be unsettled at once. */
  readonly concurrency: number;
  /** How many more deliveries may be begun: none while it is paused, `Infinity` where nobody counts. */
  allowance: number;
  /** What it has and has not settled. */
  readonly unsettled: Set<Entry>;
}

/**
 * The events of one endpoint: each is with one consumer at a time, until one accepts or rejects it. What comes back,
 * because its consumer asked for a retry or has gone, is older than what waits and goes before it.
 *
 * At an ordered endpoint those with a slot go to the slot's owner only, in their order, and wait while it has no place.
 */
export class EventQueue {
  readonly #lines: SlotLines<Consumer, Entry> | undefined;
  readonly #waiting: Entry[] = [];
  /** Not due yet, the next one first. */
  readonly #held: Entry[] = [];
  readonly #consumers: Consumer[] = [];
  #size = 0;
  #order = 0;
  #next = 0;
  #timer: Timer | undefined;

  constructor(ordered: boolean) {
    this.#lines = ordered ? new SlotLines() : undefined;
  }

  /** How many are not settled for good. */
  get size(): number {
    return this.#size;
  }

  /** @param due by the clock of the bus */
  add(message: Message, due: number, now: number): void {
    this.#size++;
    const { slot } = message.envelope;
    const line = slot === undefined ? undefined : this.#lines?.of(slot);
    const entry = { message, order: this.#order++, line, attempt: 0, delivered: false, due };
    if (due > now) this.#hold(entry);
    else {
      if (line) line.add(entry);
      else this.#waiting.push(entry);
      this.#dispatch();
    }
  }

  attach(consumer: Consumer): void {
    this.#consumers.push(consumer);
    this.#dispatch();
    this.#wake();
  }

  /** Gives it nothing more; it may still settle what it has. */
  detach(consumer: Consumer): void {
    const index = this.#consumers.indexOf(consumer);
    if (index < 0) return;
    this.#consumers.splice(index, 1);
    this.#timer?.cancel();
    this.#wake();
    this.#takeBack(consumer, ({ delivered }) => !delivered);
  }

  /** Takes back what it has not settled. */
  release(consumer: Consumer): void {
    this.detach(consumer);
    this.#takeBack(consumer, () => true);
  }

  /** Begins no more than so many further deliveries with it, and gives back those that have only been chosen. */
  allow(consumer: Consumer, deliveries: number): void {
    consumer.allowance = 0;
    this.#takeBack(consumer, ({ delivered }) => !delivered);
    consumer.allowance = deliveries;
    this.#dispatch();
  }

  #takeBack(consumer: Consumer, which: (entry: Entry) => boolean): void {
    const back = [...consumer.unsettled].filter(which);
    for (const entry of back) {
      consumer.unsettled.delete(entry);
      entry.line?.letGo();
    }
    this.#comeBack(back);
  }

  #comeBack(entries: readonly Entry[]): void {
    for (const entry of entries) entry.line?.add(entry);
    this.#waiting.unshift(...entries.filter(({ line }) => !line));
    this.#dispatch();
  }

  #dispatch(): void {
    for (const line of this.#lines?.waiting() ?? []) {
      const owner = line.owner(this.#consumers);
      while (owner && line.opensTo(owner) && hasPlace(owner))
        this.#deliver(line.next(owner, owner.clock.epoch()), owner);
    }
    while (this.#waiting.length > 0) {
      const consumer = this.#freeConsumer();
      if (!consumer) return;
      const entry = this.#waiting.shift();
      if (entry) this.#deliver(entry, consumer);
    }
  }

  #freeConsumer(): Consumer | undefined {
    for (let tried = 0; tried < this.#consumers.length; tried++) {
      const consumer = this.#consumers[this.#next++ % this.#consumers.length];
      if (consumer && hasPlace(consumer)) return consumer;
    }
    return undefined;
  }

  #deliver(entry: Entry, consumer: Consumer): void {
    entry.delivered = false;
    consumer.allowance--;
    consumer.unsettled.add(entry);
    consumer.turns.later(() => {
      // taken back, or taken back and chosen again
      if (!consumer.unsettled.has(entry) || entry.delivered) return;
      entry.delivered = true;
      const delivery: Delivery = {
        message: ownMessage(entry.message),
        attempt: ++entry.attempt,
        fencingToken: entry.line?.fencingToken,
        settle: (settlement) => this.#settle(entry, consumer, settlement),
      };
      consumer.subscriber(delivery);
    });
  }

  #settle(entry: Entry, consumer: Consumer, settlement: Settlement): void {
    if (!consumer.unsettled.delete(entry)) return;
    entry.line?.letGo();
    if (settlement.outcome === 'retry') {
      if (settlement.uncounted) entry.attempt--;
      entry.due = consumer.clock.now() + settlement.after;
      this.#hold(entry);
    } else this.#size--;
    this.#dispatch();
  }

  #hold(entry: Entry): void {
    const later = this.#held.findIndex(({ due }) => due > entry.due);
    this.#held.splice(later < 0 ? this.#held.length : later, 0, entry);
    this.#timer?.cancel();
    this.#wake();
  }

  /** While nobody consumes there is no timer, so that what is left behind keeps no process alive. */
  #wake(): void {
    this.#timer?.cancel();
    const [first] = this.#held;
    const clock = this.#consumers[0]?.clock;
    this.#timer = first && clock?.after(Math.max(0, first.due - clock.now()), () => this.#ripen(clock.now()));
  }

  #ripen(now: number): void {
    const ripe = this.#held.findIndex(({ due }) => due > now);
    const due = this.#held.splice(0, ripe < 0 ? this.#held.length : ripe);
    this.#wake();
    this.#comeBack(due);
  }
}

function hasPlace({ allowance, unsettled, concurrency }: Consumer): boolean {
  return allowance > 0 && unsettled.size < concurrency;
}
