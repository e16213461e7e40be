import { ownerOf } from '@rookery/core';
import type { Consumer, Entry } from './event-queue.js';

/** The events of one slot that wait for its owner, and who has those that do not. */
export class Line {
  readonly #slot: number;
  /** In the order of arrival. */
  readonly #waiting: Entry[] = [];
  #holder: Consumer | undefined;
  #unsettled = 0;

  constructor(slot: number) {
    this.#slot = slot;
  }

  owner(consumers: readonly Consumer[]): Consumer | undefined {
    return ownerOf(this.#slot, consumers);
  }

  /** Whether one waits that may go to this owner: after a change of owner those that the old one has come first. */
  opensTo(owner: Consumer): boolean {
    return this.#waiting.length > 0 && (this.#holder === undefined || this.#holder === owner);
  }

  get empty(): boolean {
    return this.#waiting.length === 0;
  }

  add(entry: Entry): void {
    const later = this.#waiting.findLastIndex(({ order }) => order < entry.order);
    this.#waiting.splice(later + 1, 0, entry);
  }

  /** Takes the first, which goes to its owner. */
  next(owner: Consumer): Entry {
    this.#holder = owner;
    this.#unsettled++;
    return this.#waiting.shift() as Entry;
  }

  /** One of those that were taken is with its owner no more. */
  letGo(): void {
    if (--this.#unsettled === 0) this.#holder = undefined;
  }
}

/** The lines of an ordered endpoint. */
export class SlotLines {
  readonly #lines = new Map<number, Line>();

  of(slot: number): Line {
    let line = this.#lines.get(slot);
    if (!line) this.#lines.set(slot, (line = new Line(slot)));
    return line;
  }

  /** Those in which something waits. */
  waiting(): Line[] {
    return [...this.#lines.values()].filter(({ empty }) => !empty);
  }
}
