import { fencingTokenAfter, ownerOf } from '@rookery/core';

/** Who may own a slot. */
interface Replica {
  readonly replica: string;
}

/** What waits, in the order of arrival. */
interface Numbered {
  readonly order: number;
}

/** The events of one slot that wait for its owner, and who has those that do not. */
export class Line<C extends Replica, E extends Numbered> {
  readonly #slot: number;
  readonly #waiting: E[] = [];
  #holder: C | undefined;
  #unsettled = 0;
  /** Who got the last one. */
  #last: C | undefined;
  #fencingToken = 0;

  constructor(slot: number) {
    this.#slot = slot;
  }

  /** That of whoever got the last one. */
  get fencingToken(): number {
    return this.#fencingToken;
  }

  owner(consumers: readonly C[]): C | undefined {
    return ownerOf(this.#slot, consumers);
  }

  /** Whether one waits that may go to this owner: after a change of owner those that the old one has come first. */
  opensTo(owner: C): boolean {
    return this.#waiting.length > 0 && (this.#holder === undefined || this.#holder === owner);
  }

  get empty(): boolean {
    return this.#waiting.length === 0;
  }

  add(entry: E): void {
    const later = this.#waiting.findLastIndex(({ order }) => order < entry.order);
    this.#waiting.splice(later + 1, 0, entry);
  }

  /**
   * Takes the first, which goes to its owner.
   *
   * @param epoch milliseconds since the Unix epoch
   */
  next(owner: C, epoch: number): E {
    if (this.#last !== owner) this.#fencingToken = fencingTokenAfter(this.#fencingToken, epoch);
    this.#last = owner;
    this.#holder = owner;
    this.#unsettled++;
    return this.#waiting.shift() as E;
  }

  /** One of those that were taken is with its owner no more. */
  letGo(): void {
    if (--this.#unsettled === 0) this.#holder = undefined;
  }
}

/** The lines of an ordered endpoint. */
export class SlotLines<C extends Replica, E extends Numbered> {
  readonly #lines = new Map<number, Line<C, E>>();

  of(slot: number): Line<C, E> {
    let line = this.#lines.get(slot);
    if (!line) this.#lines.set(slot, (line = new Line(slot)));
    return line;
  }

  /** Those in which something waits. */
  waiting(): Line<C, E>[] {
    return [...this.#lines.values()].filter(({ empty }) => !empty);
  }
}
