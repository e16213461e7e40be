import type { Consumer } from './consumer.js';
import { type KeptEvent, KeptEvents } from './kept-events.js';

/** The keyed events of one slot that wait for its owner, and who has those that do not. */
export class SlotLine {
  readonly slot: number;
  readonly waiting = new KeptEvents();
  #holder: Consumer | undefined;
  #unsettled = 0;
  #pauses = 0;
  /** Who got the last one. */
  #last: Consumer | undefined;
  /** The largest one that an owner has told of. */
  fencingToken = 0;

  constructor(slot: number) {
    this.slot = slot;
  }

  /**
   * Whether events may go to this owner. After a change of owner those that the old one has come first: it settles them,
   * gives them back, or is gone. So no event overtakes another of its slot while both owners live.
   */
  opensTo(owner: Consumer): boolean {
    return this.#pauses === 0 && (this.#holder === undefined || this.#holder === owner);
  }

  /** Nothing goes until there was a {@link SlotLine.resume} for each pause. */
  pause(): void {
    this.#pauses++;
  }

  resume(): void {
    this.#pauses--;
  }

  /** The next event goes to this consumer, which is told if that is a change. */
  hold(consumer: Consumer): void {
    this.#tell(consumer);
    this.#holder = consumer;
    this.#unsettled++;
  }

  /**
   * This consumer owns the slot now. If another one has had events of it, it is told before any comes: it may get others of the
   * same keys from other senders, and the other one may have taken a larger fencing token than it has.
   */
  handTo(owner: Consumer): void {
    if (this.#last !== undefined && this.opensTo(owner)) this.#tell(owner);
  }

  #tell(consumer: Consumer): void {
    if (this.#last !== consumer) consumer.own?.(this.slot, this.fencingToken);
    this.#last = consumer;
  }

  /** An event of the slot is with its consumer no more. */
  letGo(): void {
    if (--this.#unsettled === 0) this.#holder = undefined;
  }

  /** Takes an event to its place in the order of arrival, which matters for what comes back. */
  add(event: KeptEvent): void {
    this.waiting.insert(event);
  }
}
