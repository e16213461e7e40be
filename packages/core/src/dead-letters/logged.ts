import type { Clock } from '../clock/clock.js';
import type { Random } from '../clock/random.js';
import type { Body } from '../envelope/envelope.js';
import { Unavailable } from '../errors/conditions.js';
import { isRookeryError } from '../errors/rookery-error.js';
import { Backoff } from '../transport/backoff.js';
import type { DeadLetterLog } from '../transport/dead-letter-log.js';
import type { Logger } from '../transport/logger.js';
import { editedLetter, merged, type DeadLetter } from './dead-letter.js';
import { describeFailure } from './failure.js';
import type { DeadLetterGroup } from './group.js';
import { LetterIndex, type DeadLetterBounds } from './letter-index.js';
import { decodeEntry, encodeEntry, type LetterClaim, type LetterState, type LogEntry } from './log-entry.js';
import type { DeadLetterFilter, DeadLetterQuery, DeadLetterStore } from './store.js';

/** Milliseconds after which others may take over what a replica was at, unless it has said that it still is. */
const CLAIMED_FOR = 60_000;

/** Milliseconds between tries to read the log. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5_000;

export interface LoggedDeadLettersScope extends DeadLetterBounds {
  readonly service: string;
  readonly log: DeadLetterLog;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

interface Known {
  readonly version: number;
  readonly revision: string;
  readonly claim: LetterClaim | undefined;
}

/** What became of a change: it counts; another one was before it; or it counts, but the letter had gone meanwhile. */
type Fate = 'made' | 'passed' | 'revived';

/**
 * The dead letters of a service in a log of its medium, the same for all replicas: each reads the log into an index of its
 * own. A change is appended, and is made once it was read back. Where two replicas change a letter at once, the change that
 * comes first in the log counts for all; the other one is made again from there. So what one of them claims no other has.
 */
export class LoggedDeadLetters implements DeadLetterStore {
  readonly scope = 'service';
  readonly #scope: LoggedDeadLettersScope;
  readonly #index: LetterIndex;
  /** What the log says of each letter, beside the letter. */
  readonly #known = new Map<string, Known>();
  /** Changes that were appended and not read back, by their revisions. */
  readonly #made = new Map<string, (fate: Fate) => void>();
  /** The same of letters that are to go, by their ids. */
  readonly #going = new Map<string, (() => void)[]>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #self: string;

  constructor(scope: LoggedDeadLettersScope) {
    this.#scope = scope;
    this.#index = new LetterIndex(scope);
    this.#self = scope.random.token(16);
  }

  /**
   * Reads the log, and resolves when all that is there was read.
   *
   * @param reads `false` where there is nothing to give up: then it is left alone
   * @throws ConfigurationError when it cannot be read, and will not be
   */
  async open(reads: boolean): Promise<void> {
    const { log, service, clock, logger, random } = this.#scope;
    const backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE, random);
    for (let waits = reads; waits;) {
      try {
        await log.read(
          (id, text) => this.#take(id, text),
          (id) => void this.#keep(id),
        );
        waits = false;
      } catch (error) {
        if (isRookeryError(error) && error.recourse === 'terminal') throw error;
        logger.warn(`the dead letters of '${service}' cannot be read yet: ${describeFailure(error)}`);
        await new Promise<void>((resolve) => void clock.after(backoff.next(), resolve));
      }
    }
    this.#ready.resolve();
  }

  async put(letter: DeadLetter): Promise<void> {
    await this.#change(
      letter.id,
      (known, claim) => {
        if (!known) this.#index.assertRoom(letter);
        // Whoever gives it up again has done its replay with that.
        const kept = known ? merged(known, letter) : letter;
        return { letter: kept, claim: this.#isOthers(claim) ? claim : undefined };
      },
      true,
    );
  }

  async get(id: string): Promise<DeadLetter | undefined> {
    await this.#ready.promise;
    return this.#index.get(id);
  }

  async list(query?: DeadLetterQuery): Promise<readonly DeadLetter[]> {
    await this.#ready.promise;
    return this.#index.list(query);
  }

  async groups(filter?: DeadLetterFilter): Promise<readonly DeadLetterGroup[]> {
    await this.#ready.promise;
    return this.#index.groups(filter);
  }

  async edit(id: string, body: Body, at: number, by: string | undefined): Promise<DeadLetter | undefined> {
    await this.#change(id, (known, claim) => {
      if (!known) return undefined;
      if (this.#isOthers(claim))
        throw new Unavailable(`the letter ${id} is being replayed; it was not edited`);
      const letter = editedLetter(known, body, at, by);
      this.#index.assertRoom(letter);
      return { letter, claim };
    });
    return this.#index.get(id);
  }

  async delete(id: string): Promise<boolean> {
    await this.#ready.promise;
    if (!this.#index.get(id) || this.#isOthers(this.#known.get(id)?.claim)) return false;
    const gone = Promise.withResolvers<void>();
    this.#going.set(id, [...(this.#going.get(id) ?? []), gone.resolve]);
    await this.#scope.log.append(id, undefined);
    await gone.promise;
    return true;
  }

  async claim(id: string): Promise<(() => Promise<void>) | undefined> {
    const { clock } = this.#scope;
    const mine = (): LetterClaim => ({ by: this.#self, until: clock.epoch() + CLAIMED_FOR });
    const claimed = await this.#change(id, (letter, claim) =>
      letter && !this.#isOthers(claim) ? { letter, claim: mine() } : undefined,
    );
    if (!claimed) return undefined;
    const renew = (): void => {
      timer = clock.after(CLAIMED_FOR / 3, renew);
      void this.#unlessGone(id, mine);
    };
    let timer = clock.after(CLAIMED_FOR / 3, renew);
    return async () => {
      timer.cancel();
      await this.#unlessGone(id, () => undefined);
    };
  }

  /** Replaces what this replica has said of its work at a letter, if it still has. */
  async #unlessGone(id: string, claim: () => LetterClaim | undefined): Promise<void> {
    try {
      await this.#change(id, (letter, known) =>
        letter && known?.by === this.#self ? { letter, claim: claim() } : undefined,
      );
    } catch (error) {
      // It is void by itself in a while.
      this.#scope.logger.debug(`the letter ${id} stays claimed: ${describeFailure(error)}`);
    }
  }

  /** The log is about to forget it. */
  async #keep(id: string): Promise<void> {
    try {
      await this.#change(id, (letter, claim) => letter && { letter, claim });
    } catch (error) {
      this.#scope.logger.warn(`the letter ${id} could not be written anew: ${describeFailure(error)}`);
    }
  }

  #isOthers(claim: LetterClaim | undefined): boolean {
    return claim !== undefined && claim.by !== this.#self && claim.until > this.#scope.clock.epoch();
  }

  /**
   * Makes a change, again and again until no other one came between, and says whether it was made.
   *
   * @param next `undefined` when there is nothing to change
   * @param revives whether a letter that goes meanwhile is to be there again
   */
  async #change(
    id: string,
    next: (letter: DeadLetter | undefined, claim: LetterClaim | undefined) => LetterState | undefined,
    revives = false,
  ): Promise<boolean> {
    await this.#ready.promise;
    let version = 0;
    let last: string | undefined;
    for (let wanted: typeof next = next; ;) {
      const letter = this.#index.get(id);
      const known = this.#known.get(id);
      const changed = wanted(letter, known?.claim);
      // What did not count is the last that the log says of the letter: whoever reads only that has to find the truth.
      if (!changed && last === undefined) return false;
      const state = changed ?? { letter, claim: known?.claim };
      version = Math.max(version, known?.version ?? 0) + 1;
      const fate = await this.#append(id, version, state, last);
      last = fate.revision;
      if (fate.was === 'made' || (fate.was === 'revived' && revives)) return changed !== undefined;
      if (fate.was === 'passed') continue;
      const gone = await this.#append(id, ++version, { letter: undefined }, last);
      if (gone.was !== 'passed') return false;
      wanted = () => undefined;
    }
  }

  /** @param instead the revision that it holds for, of a letter that is gone */
  async #append(id: string, version: number, state: LetterState, instead: string | undefined) {
    const revision = this.#scope.random.token(16);
    const { promise, resolve } = Promise.withResolvers<Fate>();
    this.#made.set(revision, resolve);
    try {
      const { letter } = state;
      await this.#scope.log.append(
        id,
        encodeEntry({ ...state, version, revision, ...(letter ? {} : { instead }) }),
      );
    } catch (error) {
      this.#made.delete(revision);
      throw error;
    }
    return { revision, was: await promise };
  }

  #take(id: string, text: string | undefined): void {
    if (text === undefined) {
      this.#forget(id);
      for (const gone of this.#going.get(id) ?? []) gone();
      this.#going.delete(id);
      return;
    }
    let entry: LogEntry;
    try {
      entry = decodeEntry(text);
    } catch (error) {
      this.#scope.logger.error(`dead letters of '${this.#scope.service}': ${describeFailure(error)} (${id})`);
      return;
    }
    const fate = this.#apply(id, entry);
    this.#made.get(entry.revision)?.(fate);
    this.#made.delete(entry.revision);
  }

  #apply(id: string, { version, revision, instead, letter, claim }: LogEntry): Fate {
    const known = this.#known.get(id);
    if (known && (version <= known.version || (!letter && instead !== known.revision))) return 'passed';
    if (letter) {
      this.#index.set(letter);
      this.#known.set(id, { version, revision, claim });
    } else this.#forget(id);
    return letter && !known && version > 1 ? 'revived' : 'made';
  }

  #forget(id: string): void {
    this.#index.delete(id);
    this.#known.delete(id);
  }
}
