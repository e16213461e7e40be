import { QueueFull } from '../errors/conditions.js';
import type { DeadLetter, DeadLetters } from './dead-letters.js';

const CAPACITY = 10_000;

/** Dead letters in this process's memory: they end with it. At most 10,000; the next one is refused, none is dropped. */
export class MemoryDeadLetters implements DeadLetters {
  readonly #letters: DeadLetter[] = [];

  async put(letter: DeadLetter): Promise<void> {
    if (this.#letters.length >= CAPACITY)
      throw new QueueFull(`the dead letters in memory are full (${CAPACITY})`);
    this.#letters.push(letter);
  }

  async list(): Promise<readonly DeadLetter[]> {
    return [...this.#letters];
  }
}
