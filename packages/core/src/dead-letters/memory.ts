import type { Body } from '../envelope/envelope.js';
import { editedLetter, merged, type DeadLetter } from './dead-letter.js';
import type { DeadLetterGroup } from './group.js';
import { LetterIndex, type DeadLetterBounds } from './letter-index.js';
import type { ParkedLetters } from './parked-letters.js';
import type { DeadLetterFilter, DeadLetterQuery, DeadLetterStore } from './store.js';

/** Dead letters in this process's memory: they end with it. What goes beyond the bounds is refused, and none is dropped. */
export class MemoryDeadLetters implements DeadLetterStore {
  readonly scope = 'replica';
  readonly #index: LetterIndex;

  constructor(bounds: DeadLetterBounds = {}) {
    this.#index = new LetterIndex(bounds);
  }

  get parked(): ParkedLetters {
    return this.#index.parked;
  }

  /** How many there are. */
  get size(): number {
    return this.#index.size;
  }

  async put(letter: DeadLetter): Promise<void> {
    const known = this.#index.get(letter.id);
    // One that lies there in any case is to say why it failed again.
    if (!known) this.#index.assertRoom(letter);
    this.#index.set(known ? merged(known, letter) : letter);
  }

  async get(id: string): Promise<DeadLetter | undefined> {
    return this.#index.get(id);
  }

  async list(query?: DeadLetterQuery): Promise<readonly DeadLetter[]> {
    return this.#index.list(query);
  }

  async groups(filter?: DeadLetterFilter): Promise<readonly DeadLetterGroup[]> {
    return this.#index.groups(filter);
  }

  async edit(id: string, body: Body, at: number, by: string | undefined): Promise<DeadLetter | undefined> {
    const known = this.#index.get(id);
    if (!known) return undefined;
    const letter = editedLetter(known, body, at, by);
    this.#index.assertRoom(letter);
    this.#index.set(letter);
    return letter;
  }

  async delete(id: string): Promise<boolean> {
    return this.#index.delete(id);
  }
}
