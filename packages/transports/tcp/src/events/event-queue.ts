import { type Clock, type Message, ownerOf, Roster, type Timer } from '@rookery/core';
import type { Outcome } from '../frames/ack.js';
import type { Consumer, Underway } from './consumer.js';
import { KeptEvent, KeptEvents } from './kept-events.js';
import { SlotLine } from './slot-line.js';

/** Milliseconds before an event is given again to a replica that had no room for it. */
const RETURNED_PAUSE = 100;

/**
 * The events of one endpoint: each is with one consumer at a time until one accepts or rejects it. What comes back,
 * for another try or because its consumer is gone, is older than what waits and goes before it.
 *
 * An event with a slot goes to the slot's owner only, and waits for it when its window is full; any other goes to
 * whoever has the fewest. One that is paused keeps its slots. A replica that gets no calls for a while because it failed some stays an owner as long as it
 * is connected: other senders may see it differently, and an owner on which they do not agree is worse than a slow one.
 */
export class EventQueue {
  readonly #clock: Clock;
  readonly #settled: () => void;
  readonly #waiting = new KeptEvents();
  /** Not before their time. */
  readonly #held = new Map<KeptEvent, Timer>();
  /** With what each of them has and has not settled, oldest first. */
  readonly #consumers = new Map<Consumer, Roster<KeptEvent>>();
  /** Consumers that get nothing more and have not settled all. */
  readonly #leaving = new Map<Consumer, Roster<KeptEvent>>();
  readonly #lines = new Map<number, SlotLine>();
  /** Of the slots that were asked for since the consumers changed. */
  readonly #owners = new Map<number, Consumer>();
  #size = 0;
  #order = 0;

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
    const event = new KeptEvent(message, this.#order++);
    const line = this.#lineOf(event);
    if (line) line.add(event);
    else this.#waiting.push(event);
    this.#dispatch();
  }

  attach(consumer: Consumer): void {
    this.#consumers.set(consumer, new Roster());
    consumer.windowChanged = () => this.#dispatch();
    consumer.owned = (slot, fencingToken) => {
      const line = this.#lines.get(slot);
      if (line) line.fencingToken = Math.max(line.fencingToken, fencingToken);
    };
    this.#shareOut();
    this.#dispatch();
  }

  /** Gives it nothing more; it may still settle what it has. */
  detach(consumer: Consumer): void {
    const unsettled = this.#consumers.get(consumer);
    if (!unsettled) return;
    this.#consumers.delete(consumer);
    this.#shareOut();
    if (unsettled.size > 0) this.#leaving.set(consumer, unsettled);
    this.#dispatch();
  }

  /** Gives what it has not settled to others, as a further attempt. */
  release(consumer: Consumer): void {
    this.detach(consumer);
    const unsettled = this.#leaving.get(consumer);
    this.#leaving.delete(consumer);
    for (const event of unsettled?.all().reverse() ?? []) {
      leave(event);
      this.#letGo(event);
      this.#comeBack(event);
    }
    this.#dispatch();
  }

  /** Forgets everything; nothing is delivered any more. */
  close(): void {
    for (const timer of this.#held.values()) timer.cancel();
    this.#held.clear();
    // What they settle later is nobody's any more.
    for (const unsettled of [...this.#consumers.values(), ...this.#leaving.values()])
      for (const event of unsettled.all()) leave(event);
    this.#consumers.clear();
    this.#leaving.clear();
    while (this.#waiting.shift());
    this.#lines.clear();
    this.#owners.clear();
    this.#size = 0;
  }

  #dispatch(): void {
    for (;;) {
      const consumer = this.#waiting.empty ? undefined : this.#leastLoaded();
      const shared = consumer && this.#waiting.first;
      const line = this.#openLine(shared?.order ?? Infinity);
      if (line) {
        const event = line.waiting.shift() as KeptEvent;
        const owner = this.#ownerOf(line.slot) as Consumer;
        line.hold(owner);
        this.#deliver(event, owner);
      } else if (shared) {
        this.#waiting.shift();
        this.#deliver(shared, consumer);
      } else {
        return;
      }
    }
  }

  /** Of the lines whose first event came before `order` and can be delivered now, the one whose event came first. */
  #openLine(order: number): SlotLine | undefined {
    let best: SlotLine | undefined;
    let earliest = order;
    for (const line of this.#lines.values()) {
      const { first } = line.waiting;
      if (!first || first.order > earliest) continue;
      const owner = this.#ownerOf(line.slot);
      if (!owner || !line.opensTo(owner) || !this.#hasRoom(owner)) continue;
      best = line;
      earliest = first.order;
    }
    return best;
  }

  /** The consumers have changed. */
  #shareOut(): void {
    this.#owners.clear();
    for (const line of this.#lines.values()) this.#hand(line);
  }

  #hand(line: SlotLine): void {
    const owner = this.#ownerOf(line.slot);
    if (owner) line.handTo(owner);
  }

  #hasRoom(consumer: Consumer): boolean {
    return (this.#consumers.get(consumer)?.size ?? Infinity) < consumer.window;
  }

  #ownerOf(slot: number): Consumer | undefined {
    let owner = this.#owners.get(slot);
    if (!owner && (owner = ownerOf(slot, this.#consumers.keys()))) this.#owners.set(slot, owner);
    return owner;
  }

  /** `undefined` for an event without a slot. */
  #lineOf({ message }: { readonly message: Message }): SlotLine | undefined {
    const { slot } = message.envelope;
    if (slot === undefined) return undefined;
    let line = this.#lines.get(slot);
    if (!line) this.#lines.set(slot, (line = new SlotLine(slot)));
    return line;
  }

  #comeBack(event: KeptEvent): void {
    const line = this.#lineOf(event);
    if (line) line.add(event);
    else this.#waiting.unshift(event);
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
    const unsettled = this.#consumers.get(consumer) as Roster<KeptEvent>;
    unsettled.add(event);
    event.among = unsettled;
    const underway = consumer.deliver(event.message, ++event.attempt, (outcome) => {
      if (event.among !== unsettled) return; // others have it by now, or nobody wants it
      leave(event);
      this.#letGo(event);
      this.#settle(event, consumer, outcome);
    });
    if (underway) this.#holdUntilWritten(event, underway);
  }

  /** A large event takes several turns to write, in which small ones would overtake it. */
  #holdUntilWritten(event: KeptEvent, underway: Underway): void {
    const line = this.#lineOf(event);
    if (!line) return;
    event.holds = true;
    line.pause();
    underway.after(() => {
      if (!event.holds) return;
      event.holds = false;
      line.resume();
      this.#dispatch();
    });
  }

  /** It is with its consumer no more. */
  #letGo(event: KeptEvent): void {
    const line = this.#lineOf(event);
    if (!line) return;
    line.letGo();
    if (event.holds) line.resume();
    event.holds = false;
    this.#hand(line);
  }

  #settle(event: KeptEvent, consumer: Consumer, outcome: Outcome): void {
    if (this.#leaving.get(consumer)?.size === 0) this.#leaving.delete(consumer);
    if (outcome.outcome === 'retry') {
      if (outcome.uncounted) event.attempt--;
      this.#hold(event, outcome.after);
    } else if (outcome.outcome === 'return') {
      event.attempt--;
      // From one that goes on taking events, because it has too much now. What follows in its slot waits with it.
      if (this.#consumers.has(consumer) && consumer.window > 0)
        this.#hold(event, RETURNED_PAUSE, this.#lineOf(event));
      else this.#comeBack(event);
    } else {
      this.#size--;
      this.#settled();
    }
    this.#dispatch();
  }

  /** @param line the slot of which nothing is delivered until then, if any */
  #hold(event: KeptEvent, ms: number, line?: SlotLine): void {
    line?.pause();
    const timer = this.#clock.after(ms, () => {
      this.#held.delete(event);
      line?.resume();
      this.#comeBack(event);
      this.#dispatch();
    });
    this.#held.set(event, timer);
  }
}

/** Its consumer has it no more. */
function leave(event: KeptEvent): void {
  event.among?.delete(event);
  event.among = undefined;
}
