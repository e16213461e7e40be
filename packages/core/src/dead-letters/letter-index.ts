import { QueueFull } from '../errors/conditions.js';
import { bytesOf } from '../transport/upload.js';
import type { DeadLetter } from './dead-letter.js';
import { foldGroups, groupOf, type DeadLetterGroup } from './group.js';
import { ParkedLetters } from './parked-letters.js';
import {
  comparePositions,
  positionOf,
  type DeadLetterFilter,
  type DeadLetterQuery,
  type LetterPosition,
} from './store.js';

/** How many dead letters there may be. */
export interface DeadLetterBounds {
  /** How many letters. Default 10,000. */
  readonly maxLetters?: number | undefined;
  /** How many bytes they may have: bodies, headers, causes and stacks. Default 64 MiB. */
  readonly maxBytes?: number | undefined;
}

interface Kept {
  readonly letter: DeadLetter;
  /** That of the letter alone; made once, because a cause is long and is asked about often. */
  readonly group: DeadLetterGroup;
  readonly bytes: number;
}

/** Letters in memory, within bounds. They are found by their id at once; a filter looks at each. */
export class LetterIndex {
  readonly #maxLetters: number;
  readonly #maxBytes: number;
  readonly #byId = new Map<string, Kept>();
  /** In the order of their positions. */
  readonly #ordered: Kept[] = [];
  readonly parked = new ParkedLetters();
  #bytes = 0;

  constructor({ maxLetters = 10_000, maxBytes = 67_108_864 }: DeadLetterBounds = {}) {
    this.#maxLetters = maxLetters;
    this.#maxBytes = maxBytes;
  }

  /** How many there are. */
  get size(): number {
    return this.#byId.size;
  }

  get(id: string): DeadLetter | undefined {
    return this.#byId.get(id)?.letter;
  }

  /**
   * @param letter takes the place of one with the same id, or comes to those that there are
   * @throws QueueFull when there is no room for it
   */
  assertRoom(letter: DeadLetter): void {
    const known = this.#byId.get(letter.id);
    if (!known && this.size >= this.#maxLetters) throw full(`${this.#maxLetters}`);
    if (this.#bytes + sizeOf(letter) - (known?.bytes ?? 0) > this.#maxBytes)
      throw full(`${this.#maxBytes} bytes`);
  }

  /** Keeps it, whether or not there is room. */
  set(letter: DeadLetter): void {
    this.delete(letter.id);
    const kept = { letter, group: groupOf(letter), bytes: sizeOf(letter) };
    this.#bytes += kept.bytes;
    this.#byId.set(letter.id, kept);
    this.parked.add(letter);
    this.#ordered.splice(this.#place(positionOf(letter)), 0, kept);
  }

  delete(id: string): boolean {
    const known = this.#byId.get(id);
    if (!known) return false;
    this.#byId.delete(id);
    this.parked.remove(known.letter);
    this.#ordered.splice(this.#place(positionOf(known.letter)), 1);
    this.#bytes -= known.bytes;
    return true;
  }

  /** In the order of their positions. */
  list({ after, limit = Infinity, ...filter }: DeadLetterQuery = {}): readonly DeadLetter[] {
    const page: DeadLetter[] = [];
    const begin = after ? this.#place(after) : 0;
    for (let index = begin; index < this.#ordered.length && page.length < limit; index++) {
      const kept = this.#ordered[index] as Kept;
      if (after && comparePositions(positionOf(kept.letter), after) === 0) continue;
      if (matches(kept, filter)) page.push(kept.letter);
    }
    return page;
  }

  groups(filter: DeadLetterFilter = {}): readonly DeadLetterGroup[] {
    return foldGroups(this.#ordered.filter((kept) => matches(kept, filter)).map(({ group }) => group));
  }

  /** Where in the order the first one stands that is not before `position`. */
  #place(position: LetterPosition): number {
    let low = 0;
    let high = this.#ordered.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { letter } = this.#ordered[middle] as Kept;
      if (comparePositions(positionOf(letter), position) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function full(bound: string): QueueFull {
  return new QueueFull(`the dead letters are full (${bound}): replay or drop some`);
}

function matches({ letter, group }: Kept, filter: DeadLetterFilter): boolean {
  const { ids, endpoint, pattern, cause, since = -Infinity, until = Infinity } = filter;
  const { at, cause: lastCause } = letter.lastFailure;
  return (
    (ids === undefined || ids.includes(letter.id)) &&
    (endpoint === undefined || endpoint === letter.endpoint) &&
    (pattern === undefined || pattern === group.pattern) &&
    (filter.group === undefined || filter.group === group.id) &&
    (filter.key === undefined || filter.key === letter.message.envelope.key) &&
    (filter.parked === undefined || filter.parked === (letter.parked !== undefined)) &&
    (cause === undefined || lastCause.toLowerCase().includes(cause.toLowerCase())) &&
    since <= at &&
    at <= until
  );
}

function sizeOf({ message, firstFailure, lastFailure, edited }: DeadLetter): number {
  const bodies = bytesOf(message.body) + (edited ? bytesOf(edited.original) : 0);
  return bodies + Buffer.byteLength(JSON.stringify([message.envelope, firstFailure, lastFailure]));
}
