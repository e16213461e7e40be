import { QueueFull } from '../errors/conditions.js';
import type { Body } from '../envelope/envelope.js';
import { bytesOf } from '../transport/upload.js';
import { merged, type DeadLetter } from './dead-letter.js';
import { foldGroups, groupOf, type DeadLetterGroup } from './group.js';
import {
  comparePositions,
  positionOf,
  type DeadLetterFilter,
  type DeadLetterQuery,
  type DeadLetterStore,
  type LetterPosition,
} from './store.js';

/** See {@link MemoryDeadLetters}. */
export interface MemoryDeadLettersOptions {
  /** How many letters there may be. Default 10,000. */
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

/**
 * Dead letters in this process's memory: they end with it. What goes beyond the bounds is refused, and none is dropped.
 * Letters are found by their id at once; a filter looks at each.
 */
export class MemoryDeadLetters implements DeadLetterStore {
  readonly scope = 'replica';
  readonly #maxLetters: number;
  readonly #maxBytes: number;
  readonly #byId = new Map<string, Kept>();
  /** In the order of their positions. */
  readonly #ordered: Kept[] = [];
  #bytes = 0;

  constructor({ maxLetters = 10_000, maxBytes = 67_108_864 }: MemoryDeadLettersOptions = {}) {
    this.#maxLetters = maxLetters;
    this.#maxBytes = maxBytes;
  }

  /** How many there are. */
  get size(): number {
    return this.#byId.size;
  }

  async put(letter: DeadLetter): Promise<void> {
    const known = this.#byId.get(letter.id);
    if (known) {
      this.#keep(merged(known.letter, letter), known); // it lies there in any case, and is to say why it failed again
      return;
    }
    if (this.size >= this.#maxLetters) throw full(`${this.#maxLetters}`);
    this.#assertRoom(sizeOf(letter));
    this.#keep(letter, undefined);
  }

  async get(id: string): Promise<DeadLetter | undefined> {
    return this.#byId.get(id)?.letter;
  }

  async list({ after, limit = Infinity, ...filter }: DeadLetterQuery = {}): Promise<readonly DeadLetter[]> {
    const page: DeadLetter[] = [];
    const begin = after ? this.#place(after) : 0;
    for (let index = begin; index < this.#ordered.length && page.length < limit; index++) {
      const kept = this.#ordered[index] as Kept;
      if (after && comparePositions(positionOf(kept.letter), after) === 0) continue;
      if (matches(kept, filter)) page.push(kept.letter);
    }
    return page;
  }

  async groups(filter: DeadLetterFilter = {}): Promise<readonly DeadLetterGroup[]> {
    return foldGroups(this.#ordered.filter((kept) => matches(kept, filter)).map(({ group }) => group));
  }

  async edit(id: string, body: Body, at: number, by: string | undefined): Promise<DeadLetter | undefined> {
    const known = this.#byId.get(id);
    if (!known) return undefined;
    const { message, edited } = known.letter;
    const original = edited ? edited.original : message.body;
    const letter = { ...known.letter, message: { ...message, body }, edited: { at, by, original } };
    this.#assertRoom(sizeOf(letter) - known.bytes);
    this.#keep(letter, known);
    return letter;
  }

  async delete(id: string): Promise<boolean> {
    const known = this.#byId.get(id);
    if (!known) return false;
    this.#byId.delete(id);
    this.#ordered.splice(this.#place(positionOf(known.letter)), 1);
    this.#bytes -= known.bytes;
    return true;
  }

  /** @param known what it takes the place of; its position is the same */
  #keep(letter: DeadLetter, known: Kept | undefined): void {
    const kept = { letter, group: groupOf(letter), bytes: sizeOf(letter) };
    this.#bytes += kept.bytes - (known?.bytes ?? 0);
    this.#byId.set(letter.id, kept);
    this.#ordered.splice(this.#place(positionOf(letter)), known ? 1 : 0, kept);
  }

  /** @param more how many bytes come to those that there are */
  #assertRoom(more: number): void {
    if (this.#bytes + more > this.#maxBytes) throw full(`${this.#maxBytes} bytes`);
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
  return new QueueFull(`the dead letters in memory are full (${bound}): replay or drop some`);
}

function matches({ letter, group }: Kept, filter: DeadLetterFilter): boolean {
  const { ids, endpoint, pattern, cause, since = -Infinity, until = Infinity } = filter;
  const { at, cause: lastCause } = letter.lastFailure;
  return (
    (ids === undefined || ids.includes(letter.id)) &&
    (endpoint === undefined || endpoint === letter.endpoint) &&
    (pattern === undefined || pattern === group.pattern) &&
    (filter.group === undefined || filter.group === group.id) &&
    (cause === undefined || lastCause.toLowerCase().includes(cause.toLowerCase())) &&
    since <= at &&
    at <= until
  );
}

function sizeOf({ message, firstFailure, lastFailure, edited }: DeadLetter): number {
  const bodies = bytesOf(message.body) + (edited ? bytesOf(edited.original) : 0);
  return bodies + Buffer.byteLength(JSON.stringify([message.envelope, firstFailure, lastFailure]));
}
