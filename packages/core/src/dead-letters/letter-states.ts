import type { Random } from '../clock/random.js';
import type { DeadLetterLog } from '../transport/dead-letter-log.js';
import type { DeadLetter } from './dead-letter.js';
import type { LetterIndex } from './letter-index.js';
import { decodeEntry, encodeEntry, type LetterClaim, type LetterState, type LogEntry } from './log-entry.js';

interface Known {
  readonly version: number;
  readonly life: string;
  readonly claim: LetterClaim | undefined;
}

/** The id of entries that say nothing but that whoever reads them has read all before. No letter has it. */
const MARK = 'mark';

/** So many lives that have ended are known: what still comes of them is late. */
const MOST_ENDED = 10_000;

/**
 * What the log says of each letter. All who read it come to the same, wherever they begin: of two changes that were made from one
 * state the first counts, and whoever made the other appends behind it what is true then, so that the latest alone is true.
 * What is late, because its letter has gone, brings nothing back.
 */
export class LetterStates {
  readonly #index: LetterIndex;
  readonly #log: DeadLetterLog;
  readonly #random: Random;
  readonly #known = new Map<string, Known>();
  readonly #ended = new Set<string>();
  /** Changes that were appended and not read back, by their revisions: told whether they count. */
  readonly #made = new Map<string, (counts: boolean) => void>();
  /** The same of letters that are to go, by their ids. */
  readonly #going = new Map<string, (() => void)[]>();

  constructor(index: LetterIndex, log: DeadLetterLog, random: Random) {
    this.#index = index;
    this.#log = log;
    this.#random = random;
  }

  claimOf(id: string): LetterClaim | undefined {
    return this.#known.get(id)?.claim;
  }

  /**
   * Makes a change, again and again until no other one came between, and says whether it was made.
   *
   * @param next `undefined` when there is nothing to change
   */
  async change(
    id: string,
    next: (letter: DeadLetter | undefined, claim: LetterClaim | undefined) => LetterState | undefined,
  ): Promise<boolean> {
    let version = 0;
    /** Of what was appended and does not count. */
    let life: string | undefined;
    for (;;) {
      const letter = this.#index.get(id);
      const known = this.#known.get(id);
      const changed = next(letter, known?.claim);
      if (!changed && life === undefined) return false;
      const state = changed ?? { letter, claim: known?.claim };
      const revision = this.#random.token(16);
      version = Math.max(version, known?.version ?? 0) + 1;
      if (state.letter) life = known?.life ?? revision;
      const entry = { ...state, version, revision, life: life ?? revision };
      if (await this.#append(id, entry)) return changed !== undefined;
    }
  }

  /** Resolves when all is known that anybody had appended before the call. */
  async current(): Promise<void> {
    await this.#append(MARK, { version: 0, revision: this.#random.token(16), life: MARK, letter: undefined });
  }

  /** Deletes it, whatever else is said of it at this time. */
  async delete(id: string): Promise<void> {
    const gone = Promise.withResolvers<void>();
    this.#going.set(id, [...(this.#going.get(id) ?? []), gone.resolve]);
    try {
      await this.#log.append(id, undefined);
    } catch (error) {
      const others = this.#going.get(id)?.filter((each) => each !== gone.resolve) ?? [];
      if (others.length > 0) this.#going.set(id, others);
      else this.#going.delete(id);
      throw error;
    }
    await gone.promise;
  }

  /** @throws NotDecodable when it is no text of a letter's */
  take(id: string, text: string | undefined): void {
    if (text === undefined) {
      this.#forget(id, this.#known.get(id)?.life);
      for (const gone of this.#going.get(id) ?? []) gone();
      this.#going.delete(id);
      return;
    }
    const entry = decodeEntry(text);
    const counts = this.#apply(id, entry);
    this.#made.get(entry.revision)?.(counts);
    this.#made.delete(entry.revision);
  }

  /** Resolves with whether it counts. */
  async #append(id: string, entry: LogEntry): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#made.set(entry.revision, resolve);
    try {
      await this.#log.append(id, encodeEntry(entry));
    } catch (error) {
      this.#made.delete(entry.revision);
      throw error;
    }
    return promise;
  }

  #apply(id: string, { version, life, letter, claim }: LogEntry): boolean {
    if (id === MARK) return true;
    const known = this.#known.get(id);
    if (!letter) {
      if (known && known.life !== life) return false;
      this.#forget(id, life);
      return true;
    }
    if (this.#ended.has(life) || (known && version <= known.version)) return false;
    this.#index.set(letter);
    this.#known.set(id, { version, life, claim });
    return true;
  }

  #forget(id: string, life: string | undefined): void {
    this.#index.delete(id);
    this.#known.delete(id);
    if (life === undefined) return;
    this.#ended.add(life);
    const [oldest] = this.#ended;
    if (this.#ended.size > MOST_ENDED && oldest !== undefined) this.#ended.delete(oldest);
  }
}
