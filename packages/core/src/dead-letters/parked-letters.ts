import type { DeadLetter } from './dead-letter.js';

/** A key of an ordered endpoint whose events go to the dead letters, in their order, until an operator releases it. */
export interface ParkedKey {
  readonly endpoint: string;
  readonly key: string;
  /** How many of its events are there. */
  readonly letters: number;
  /** The id of the letter that was given up, or is the first one left: all others wait behind it. */
  readonly first: string;
  /** Why that was given up. */
  readonly cause: string;
  /** When that failed first, in milliseconds since the Unix epoch. */
  readonly since: number;
}

/** Which parked keys; those that fit all that is given. */
export interface ParkedKeyFilter {
  readonly endpoint?: string | undefined;
  readonly key?: string | undefined;
}

/** The parked letters of a store, by endpoint and key; a key is parked for as long as one of its letters is. */
export class ParkedLetters {
  readonly #byKey = new Map<string, DeadLetter[]>();

  /** Whether any key is. */
  get any(): boolean {
    return this.#byKey.size > 0;
  }

  /** Those of a key, in their order. */
  of(endpoint: string, key: string): readonly DeadLetter[] {
    return this.#byKey.get(placeOf(endpoint, key)) ?? [];
  }

  keys({ endpoint, key }: ParkedKeyFilter = {}): ParkedKey[] {
    return [...this.#byKey.values()].flatMap((letters) => {
      const [first] = letters as [DeadLetter];
      const its = first.message.envelope.key ?? '';
      if ((endpoint !== undefined && endpoint !== first.endpoint) || (key !== undefined && key !== its))
        return [];
      const { at: since } = first.firstFailure;
      const { cause } = first.lastFailure;
      return [{ endpoint: first.endpoint, key: its, letters: letters.length, first: first.id, cause, since }];
    });
  }

  add(letter: DeadLetter): void {
    const { endpoint, message, parked } = letter;
    if (!parked || message.envelope.key === undefined) return;
    const place = placeOf(endpoint, message.envelope.key);
    const letters = this.#byKey.get(place) ?? [];
    const earlier = letters.findLastIndex((other) => compare(other, letter) < 0);
    letters.splice(earlier + 1, 0, letter);
    this.#byKey.set(place, letters);
  }

  remove({ id, endpoint, message, parked }: DeadLetter): void {
    if (!parked || message.envelope.key === undefined) return;
    const place = placeOf(endpoint, message.envelope.key);
    const left = (this.#byKey.get(place) ?? []).filter((letter) => letter.id !== id);
    if (left.length > 0) this.#byKey.set(place, left);
    else this.#byKey.delete(place);
  }

  clear(): void {
    this.#byKey.clear();
  }
}

function placeOf(endpoint: string, key: string): string {
  return `${endpoint}\n${key}`;
}

function compare(a: DeadLetter, b: DeadLetter): number {
  return (a.parked?.order ?? 0) - (b.parked?.order ?? 0) || (a.id < b.id ? -1 : 1);
}
